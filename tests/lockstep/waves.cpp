// SPDX-License-Identifier: Apache-2.0
// Waves of model and RTL: the same names, and the same values in every cycle.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "lockstep/fst_reader.hpp"
#include "sim/device/executor.hpp"
#include "sim/retire/retire_pack.hpp"
#include "sim/retire/rtl_events.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "sim/waves/save_file.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

using test::FstReader;

/// A fresh path, and nothing left there afterwards.
struct WavePath {
  explicit WavePath(const std::string& name)
      : rtl((std::filesystem::temp_directory_path() / ("spikemesh_waves_" + name + ".fst"))
                .string()),
        model(model_waves({.path = rtl}).path) {}
  ~WavePath() {
    for (const std::string& waves : {rtl, model}) {
      std::filesystem::remove(waves);
      std::filesystem::remove(save_file_path(waves));
    }
  }
  std::string rtl, model;
};

struct Compared {
  std::uint64_t fields = 0;  ///< valid fields of retire ports
  std::uint64_t pins = 0;    ///< values of pins
  std::string difference;    ///< the first
};

/// The bits of a field in a vector given as text, the highest bit first.
std::string bits_of(const std::string& vector, unsigned low, unsigned bits) {
  return vector.substr(vector.size() - low - bits, bits);
}

/// A field is compared where one side says that it is valid: its valid bit is the highest.
template <class Fields>
void compare_fields(const std::string& name, std::uint64_t cycle, const std::string& rtl,
                    const std::string& model, const Fields& fields, Compared& out) {
  for (const spec::Field& field : fields) {
    const std::string left = bits_of(rtl, field.low, field.bits);
    const std::string right = bits_of(model, field.low, field.bits);
    if (left[0] != '1' && right[0] != '1') continue;
    ++out.fields;
    if (left != right && out.difference.empty()) {
      out.difference =
          fmt::format("{}.{} in cycle {}: rtl {}, model {}", name, field.name, cycle, left, right);
    }
  }
}

Compared compare(const FstReader& rtl, const FstReader& model, std::uint64_t first,
                 std::uint64_t last) {
  Compared out;
  for (const auto& [name, variable] : model.variables()) {
    for (std::uint64_t cycle = first; cycle <= last; ++cycle) {
      const std::uint64_t time = kTimePerCycle * cycle + kTimePerCycle / 2;
      const std::string left = rtl.at(name, time), right = model.at(name, time);
      if (variable.bits == spec::retire_tile_layout::kWidth) {
        compare_fields(name, cycle, left, right, spec::retire_tile_layout::kFields, out);
      } else if (variable.bits == spec::retire_host_layout::kWidth) {
        compare_fields(name, cycle, left, right, spec::retire_host_layout::kFields, out);
      } else {
        ++out.pins;
        if (left != right && out.difference.empty())
          out.difference =
              fmt::format("{} in cycle {}: rtl {}, model {}", name, cycle, left, right);
      }
    }
  }
  return out;
}

/// One line of a save file that shows a field: its name, the vector, the bits that it joins.
struct Shown {
  std::string name, vector;
  std::vector<unsigned> bits;  ///< counted from the highest, as GTKWave does
};

/// The signals of a save file.
std::vector<Shown> signals_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<Shown> all;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("TOP.")) all.push_back({line, line, {}});
    if (!line.starts_with("#{")) continue;
    std::istringstream words(line);
    Shown one;
    words >> one.name;
    for (std::string word; words >> word;) {
      const auto end = word.find(')');
      one.bits.push_back(unsigned(std::stoul(word.substr(1, end - 1))));
      one.vector = word.substr(end + 1);
    }
    all.push_back(one);
  }
  return all;
}

/// "TOP.a[7:0]" as the reader names it: "TOP.a [7:0]".
std::string reader_name(std::string name) {
  const auto range = name.find(':') == std::string::npos ? std::string::npos : name.rfind('[');
  return range == std::string::npos ? name : name.insert(range, " ");
}

/// Runs a random chip in lockstep and compares the waves of a window.
Compared run(const std::string& build, Link link, std::uint64_t first, std::uint64_t last) {
  const WavePath path(build + (link == Link::pins ? "_pins" : "_bytes"));
  {
    const auto device = make_device(Executor::lockstep, load_build(build), link,
                                    {.waves = Waves{path.rtl, first, last}});
    VerifyCase(*device, link, 11).run();
    REQUIRE(device->cycle() > last);
  }
  const FstReader rtl(path.rtl), model(path.model);
  for (const auto& [name, variable] : model.variables()) {
    CAPTURE(name);
    REQUIRE(rtl.variables().contains(name));
    REQUIRE(rtl.variables().at(name) == variable);
  }
  CHECK(rtl.timescale() == model.timescale());
  CHECK(rtl.begin() == kTimePerCycle * first);
  CHECK(model.begin() == kTimePerCycle * first);
  return compare(rtl, model, first, last);
}

}  // namespace

TEST_CASE("waves of model and RTL have the same names and agree in every cycle of a window") {
  for (const std::string build : {"tiny", "odd"}) {
    for (const Link link : {Link::bytes, Link::pins}) {
      CAPTURE(build);
      const Compared compared = run(build, link, 8000, 10000);
      CHECK(compared.difference == "");
      CHECK(compared.fields > 0);
      CHECK(compared.pins > 0);
      MESSAGE(build, ": ", compared.fields, " valid fields, ", compared.pins, " values of pins");
    }
  }
}

TEST_CASE("a save file shows signals that are in the waves, and every bit of a retire port once") {
  const WavePath path("save_file");
  const spec::Build build = load_build("odd");
  {
    const auto device =
        make_device(Executor::lockstep, build, Link::bytes, {.waves = Waves{path.rtl, 100, 200}});
    device->advance(300);
  }
  for (const std::string& waves : {path.rtl, path.model}) {
    CAPTURE(waves);
    const FstReader file(waves);
    std::map<std::string, std::set<unsigned>> joined;
    for (const Shown& shown : signals_of(save_file_path(waves))) {
      CAPTURE(shown.name);
      const auto found = file.variables().find(reader_name(shown.vector));
      REQUIRE(found != file.variables().end());
      for (const unsigned bit : shown.bits) {
        CHECK(bit < found->second.bits);
        CHECK(joined[shown.vector].insert(bit).second);
      }
    }
    // All but the lanes that this build lacks.
    const unsigned lacking = (spec::kLanesMax - build.lanes) *
                             (spec::retire_acc_layout::kWidth + spec::retire_weight_layout::kWidth);
    REQUIRE(joined.size() == build.mesh_w * build.mesh_h + 1);
    for (const auto& [vector, bits] : joined) {
      const bool host = vector.find("retire_host_o") != std::string::npos;
      CHECK(bits.size() ==
            (host ? spec::retire_host_layout::kWidth : spec::retire_tile_layout::kWidth - lacking));
    }
    const auto first = signals_of(save_file_path(waves));
    const auto data = std::find_if(first.begin(), first.end(), [](const Shown& one) {
      return one.name == "#{byte_in_data[7:0]}";
    });
    REQUIRE(data != first.end());
    const spec::Field byte = spec::retire_host_layout::kByteIn,
                      bits = spec::retire_byte_in_layout::kData;
    CHECK(data->bits.back() == spec::retire_host_layout::kWidth - 1 - (byte.low + bits.low));
  }
}

TEST_CASE("an event is packed as the RTL packs it") {
  struct Log : EventSink {
    void on(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
  };
  const Event flit{7, 65, EventKind::flit, 3, {0xfedcba9876543210, 0x15}};
  std::vector<std::uint32_t> tile(retire_words(spec::retire_tile_layout::kWidth));
  pack_event(flit, tile);
  const Event acc =
      Event::of(7, 65, 3, spec::AccEvent{.value = -0x543211, .group = 0x2aa, .slot = 5});
  pack_event(acc, tile);
  Log log;
  retire_tile({tile.data()}, 0, 65, 7, log);
  CHECK(log.events == std::vector{flit, acc});
}

TEST_CASE("waves that cannot be written are refused by every executor, by name") {
  for (const auto& [name, executor] : kExecutors) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(make_device(executor, load_build("tiny"), Link::bytes,
                                     {.waves = Waves{"/no/such/folder/x.fst"}}),
                         doctest::Contains("/no/such/folder/x"), InputError);
  }
}

}  // namespace spikemesh::sim

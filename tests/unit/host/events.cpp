// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/events.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "error_of.hpp"

using namespace spikemesh;

namespace {

/// A file that goes with the test.
class File {
 public:
  File(const std::string& extension, const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("spikemesh_events_" + std::to_string(::getpid()) + extension)) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<SensorEvent> read(const std::string& extension, const std::string& bytes) {
  const File file(extension, bytes);
  return read_events(file.path());
}

std::string error(const std::string& extension, const std::string& bytes) {
  const File file(extension, bytes);
  return error_of([&] { read_events(file.path()); });
}

std::string layout_error(const std::string& text) {
  return error_of([&] { parse_event_layout(text, "--event-layout"); });
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("events: five bytes hold x, y, polarity and 23 bits of microseconds") {
  using namespace std::string_literals;
  const auto events = read(".bs2", "\x03\x04\x81\x02\x03"s + "\x05\x06\x7f\xff\xff"s);
  CHECK(events == std::vector<SensorEvent>{{0x010203, 3, 4, true}, {0x7fffff, 5, 6, false}});
  CHECK(read(".bin", "\x01\xf0\x00\x00\x00\x01\x02\x80\x00\x05"s) ==
        std::vector<SensorEvent>{{(1 << 13) + 5, 1, 2, true}});
  CHECK(has(error(".bs2", "1234"), "4 bytes, but 5 bytes an event are needed"));
}

TEST_CASE("events: a CSV gives its columns in any order, y and p if wanted") {
  CHECK(read(".csv", "p,y,t,x\n1,2,30,4\n-1,0,31,5\n\n") ==
        std::vector<SensorEvent>{{30, 4, 2, true}, {31, 5, 0, false}});
  CHECK(read(".csv", "timestamp,x\n7,1\n") == std::vector<SensorEvent>{{7, 1, 0, true}});
  CHECK(has(error(".csv", "1,2,3,4\n"), ":1: one column t is needed"));
  CHECK(has(error(".csv", "t,x\n1\n"), ":2: 1 cells, but the header has 2"));
  CHECK(has(error(".csv", "t,x\n1,a\n"), ":2: x is \"a\", but a number is needed"));
  CHECK(has(error(".csv", "t,x,p\n1,1,2\n"), ":2: p is 2, but 0, 1 or -1 is needed"));
}

TEST_CASE("events: a format that needs Python is refused with the command that converts it") {
  CHECK(has(error(".aedat4", ""), "python3 -m spikemesh.event_data"));
  CHECK(has(error(".mp4", ""), "known are .bs2, .bin, .csv and .npy"));
}

TEST_CASE("events: a layout says what it does not know, and what is needed instead") {
  CHECK(has(layout_error("polarity=on"), "size is missing"));
  CHECK(has(layout_error("size=34"), "size is \"34\", but WIDTHxHEIGHT"));
  CHECK(has(layout_error("size=3x3,crops=1"), "\"crops=1\" is unknown"));
  CHECK(has(layout_error("size=3x3,crop=0..4x0..3"), "crop is beyond the sensor of 3 x 3"));
  CHECK(has(layout_error("size=3x3,crop=2..2x0..3"), "crop is \"2..2x0..3\""));
  CHECK(has(layout_error("size=3x3,counts=2"), "counts is \"2\", but 0 or 1"));
}

TEST_CASE("events: cropping, down-sampling, polarity and order number the neurons") {
  const std::vector<SensorEvent> events{{0, 3, 2, true}, {999, 4, 3, false}, {1000, 0, 0, true}};
  const auto neurons = [&](const std::string& text) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> made;
    for (const SpikeRow& row :
         bin_events(events, parse_event_layout(text, "layout"), 1, 10, "file").rows)
      made.emplace_back(row.step, row.neuron);
    return made;
  };
  using Made = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
  CHECK(neurons("size=6x5") == Made{{0, (2 * 6 + 3) * 2 + 1}, {0, (3 * 6 + 4) * 2}, {1, 1}});
  CHECK(neurons("size=6x5,order=pyx") == Made{{0, 3 * 6 + 4}, {0, (5 + 2) * 6 + 3}, {1, 5 * 6}});
  CHECK(neurons("size=6x5,polarity=merge,crop=1..5x1..5,downsample=2") == Made{{0, 1}, {0, 3}});
  CHECK(neurons("size=6x5,polarity=on") == Made{{0, 2 * 6 + 3}, {1, 0}});
  CHECK(neurons("size=6x5,polarity=off") == Made{{0, 3 * 6 + 4}});
  CHECK(neurons("size=6x5,polarity=on,start=500") == Made{{0, 0}});
}

TEST_CASE("events: a place fires once in a step, or as often as it has events") {
  const std::vector<SensorEvent> events{{10, 0, 0, true}, {20, 0, 0, true}, {2000, 0, 0, true}};
  EventLayout layout = parse_event_layout("size=1x1", "layout");
  const EventSpikes once = bin_events(events, layout, 0.5, 4, "file");
  REQUIRE(once.rows.size() == 1);
  CHECK(once.rows[0].count == 1);
  CHECK(once.late == 1);
  layout.counts = true;
  CHECK(bin_events(events, layout, 0.5, 5, "file").rows[0].count == 2);
  layout.from_first = true;
  CHECK(bin_events(events, layout, 0.5, 4, "file").rows.back().step == 3);
  layout.width = 0;
  CHECK(has(error_of([&] { bin_events(events, layout, 1, 1, "a.npy"); }),
            "a.npy: event 0 is at x 0, y 0, beside a sensor of 0 x 1"));
}

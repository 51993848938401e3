// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/case/verify_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

/// FNV-1a over the parameters of every named and covering build.
std::uint64_t hash_of_builds() {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto mix = [&](const spec::NamedBuild& named) {
    for (const char letter : std::string(named.name) + to_json(named.build))
      hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  };
  for (const spec::NamedBuild& named : spec::kBuilds) mix(named);
  for (const spec::NamedBuild& named : spec::kCoverBuilds) mix(named);
  return hash;
}

/// What must be equal for a state to be gone on with.
Json identity(const VerifyPlan& plan) {
  return {{"format", kFormat},
          {"spec_hash", fmt::format("0x{:08x}", spec::kSpecHash)},
          {"builds", fmt::format("0x{:016x}", hash_of_builds())},
          {"seed", plan.seed},
          {"executor", plan.executor},
          {"schedule", fmt::format("{}", fmt::join(plan.schedule, " "))},
          {"bins", kBins},
          {"fields", spec::kTileFields}};
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw InputError(fmt::format(
      "--state {}: {}; name another file for a new run, or remove this one", path, why));
}

void check_identity(const std::string& path, const Json& file, const VerifyPlan& plan) {
  const Json all = identity(plan);
  for (const auto& [key, wanted] : all.items()) {
    if (!file.contains(key))
      refuse(path, fmt::format("/{} is missing: it is not a state of verify", key));
    if (file[key] != wanted) {
      refuse(path, fmt::format("/{} is {}, but this run's is {}: it is the state of another run",
                               key, file[key].dump(), wanted.dump()));
    }
  }
}

VerifyState parse(const Json& file) {
  VerifyState state;
  state.next_case = file.at("next_case").get<std::uint64_t>();
  for (const auto& each : file.at("failed")) {
    state.failed.push_back(
        {each.at("config").get<std::string>(), each.at("case").get<std::uint64_t>()});
  }
  for (const auto& [config, numbers] : file.at("totals").items()) {
    Outcome& total = state.totals[config];
    for_each_count(total, [&](const std::string& name, std::uint64_t& number) {
      number = numbers.at(name).get<std::uint64_t>();
    });
  }
  return state;
}

}  // namespace

VerifyState load_state(const std::string& path, const VerifyPlan& plan) {
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return {};
  if (!std::filesystem::is_regular_file(path, none)) refuse(path, "is not a file");
  const std::string text = read_input(path);
  try {
    const Json file = Json::parse(text);
    check_identity(path, file, plan);
    return parse(file);
  } catch (const Json::exception& error) {
    const std::string_view what = error.what();  // "[json.exception.parse_error.101] ..."
    refuse(path, fmt::format("is not a state of verify ({})", what.substr(what.find("] ") + 2)));
  }
}

void save_state(const std::string& path, const VerifyPlan& plan, const VerifyState& state) {
  Json file = identity(plan);
  file["next_case"] = state.next_case;
  file["failed"] = Json::array();
  for (const auto& each : state.failed)
    file["failed"].push_back({{"config", each.config}, {"case", each.seed}});
  file["totals"] = Json::object();
  for (const auto& [config, total] : state.totals) {
    Json& numbers = file["totals"][config];
    for_each_count(total, [&](const std::string& name, const std::uint64_t& number) {
      numbers[name] = number;
    });
  }
  check_output_file(path);  // a rename would replace it
  const std::string fresh = path + ".new";
  std::ofstream out(fresh);
  out << file.dump(1) << '\n';
  out.close();
  if (!out || std::rename(fresh.c_str(), path.c_str()) != 0) {
    throw InputError(
        fmt::format("--state {}: cannot be written ({}); name a file in a directory "
                    "that exists and can be written",
                    path, std::strerror(errno)));
  }
}

}  // namespace spikemesh::sim

// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/build.hpp"

#include <fmt/format.h>

#include <bit>
#include <filesystem>
#include <sstream>

#include "files/json_text.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::json;

std::string allowed(const spec::BuildRule& rule) {
  return fmt::format("{}..{}{}{}", rule.min, rule.max, rule.power_of_two ? ", a power of two" : "",
                     rule.one_less_than_power_of_two ? ", one less than a power of two" : "");
}

bool fits(const spec::BuildRule& rule, std::uint64_t value) {
  return value >= rule.min && value <= rule.max &&
         (!rule.power_of_two || std::has_single_bit(value)) &&
         (!rule.one_less_than_power_of_two || std::has_single_bit(value + 1));
}

const spec::BuildRule& rule_of(const std::string& key, const std::string& name) {
  std::string known;
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (rule.name == key) return rule;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", rule.name);
  }
  throw InputError(fmt::format("{}: /{}: unknown key; known are {}", name, shown(key), known));
}

std::string names_of_builds() {
  std::string names;
  for (const spec::NamedBuild& named : spec::kBuilds) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", named.name);
  }
  return fmt::format("{}, {} .. {}", names, spec::kCoverBuilds.front().name,
                     spec::kCoverBuilds.back().name);
}

/// nullptr: no build that `matches`.
template <class Matches>
const spec::NamedBuild* find_build(Matches matches) {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    if (matches(named)) return &named;
  }
  for (const spec::NamedBuild& named : spec::kCoverBuilds) {
    if (matches(named)) return &named;
  }
  return nullptr;
}

void need(bool holds, const std::string& name, const std::string& message) {
  if (!holds) throw InputError(fmt::format("{}: {}", name, message));
}

}  // namespace

spec::Build load_build(const std::string& name_or_path) {
  const auto* named =
      find_build([&](const spec::NamedBuild& each) { return each.name == name_or_path; });
  if (named != nullptr) return named->build;
  std::error_code none;
  if (!std::filesystem::exists(name_or_path, none))
    throw InputError(fmt::format("{}: neither a named build ({}) nor a file; name one of them",
                                 shown(name_or_path), names_of_builds()));
  std::ostringstream text;
  text << open_input(name_or_path).rdbuf();
  return parse_build(text.str(), name_or_path);
}

spec::Build parse_build(const std::string& text, const std::string& name) {
  const Json json = parse_json(text, name);
  if (!json.is_object()) {
    throw InputError(fmt::format("{}: /: {}, but an object of build parameters is needed", name,
                                 json.type_name()));
  }
  spec::Build build;
  for (const auto& [key, value] : json.items()) {
    const spec::BuildRule& rule = rule_of(key, name);
    if (!value.is_number_unsigned() || !fits(rule, value.get<std::uint64_t>())) {
      throw InputError(fmt::format("{}: /{}: {}, but {} is allowed", name, key, shown(value.dump()),
                                   allowed(rule)));
    }
    build.*rule.member = value.get<std::uint32_t>();
  }
  check_build(build, name);
  return build;
}

void check_build(const spec::Build& build, const std::string& name) {
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    const std::uint32_t value = build.*rule.member;
    need(fits(rule, value), name,
         fmt::format("/{}: {}, but {} is allowed", rule.name, value, allowed(rule)));
  }
  const std::uint64_t slots = std::uint64_t{build.delay_max} + 1;
  need(slots * build.neurons <= 1ull << spec::kIndexBits, name,
       fmt::format("(DelayMax + 1) * Neurons is {}, but at most {} accumulators can be addressed; "
                   "lower /DelayMax ({}) or /Neurons ({})",
                   slots * build.neurons, 1u << spec::kIndexBits, build.delay_max, build.neurons));
  need(4 * build.lanes <= build.neurons, name,
       fmt::format("/Lanes: {}, but at most a quarter of /Neurons ({}) is allowed", build.lanes,
                   build.neurons));
}

std::string build_name(const spec::Build& build) {
  const auto* named = find_build([&](const spec::NamedBuild& each) { return each.build == build; });
  return named != nullptr ? std::string(named->name) : "";
}

std::uint32_t region_words(const spec::Build& build, spec::Region region) {
  switch (region) {
    case spec::Region::synapse:
      return build.synapses;
    case spec::Region::axon:
    case spec::Region::pre_trace:
      return build.axons;
    case spec::Region::fanout:
      return build.fanouts;
    case spec::Region::neuron:
      return 8 * build.neurons;
    case spec::Region::state:
      return 4 * build.neurons;
    case spec::Region::accumulator:
      return (build.delay_max + 1) * build.neurons;
    case spec::Region::counter:
      return spec::kCounters;
    case spec::Region::rule:
      return 8 * spec::kRules;
    case spec::Region::table:
      return spec::kRules * 2 * spec::kTraceSteps;
    case spec::Region::fanin:
      return build.plastics;
    case spec::Region::learn:
    case spec::Region::post_trace:
      return build.neurons;
  }
  return 0;
}

std::string to_json(const spec::Build& build) {
  Json json = Json::object();
  for (const spec::BuildRule& rule : spec::kBuildRules)
    json[std::string(rule.name)] = build.*rule.member;
  return json.dump();
}

}  // namespace spikemesh

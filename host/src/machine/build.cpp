// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/build.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "files/json_text.hpp"
#include "spikemesh/build_rules.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::json;

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

}  // namespace

spec::Build load_build(const std::string& name_or_path) {
  const auto* named =
      find_build([&](const spec::NamedBuild& each) { return each.name == name_or_path; });
  if (named != nullptr) return named->build;
  std::error_code none;
  if (!std::filesystem::exists(name_or_path, none))
    throw InputError(fmt::format("{}: neither a named build ({}) nor a file; name one of them",
                                 shown(name_or_path), names_of_builds()));
  return parse_build(read_input(name_or_path), name_or_path);
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
    if (!value.is_number_unsigned() || !spec::allows(rule, value.get<std::uint64_t>())) {
      throw InputError(fmt::format("{}: /{}: {}, but {} is allowed", name, key, shown(value.dump()),
                                   spec::allowed(rule)));
    }
    build.*rule.member = value.get<std::uint32_t>();
  }
  check_build(build, name);
  return build;
}

void check_build(const spec::Build& build, const std::string& name) {
  const std::string problem = spec::build_problem(build);
  if (!problem.empty()) throw InputError(fmt::format("{}: {}", name, problem));
}

std::string build_name(const spec::Build& build) {
  const auto* named = find_build([&](const spec::NamedBuild& each) { return each.build == build; });
  return named != nullptr ? std::string(named->name) : "";
}

std::string to_json(const spec::Build& build) {
  Json json = Json::object();
  for (const spec::BuildRule& rule : spec::kBuildRules)
    json[std::string(rule.name)] = build.*rule.member;
  return json.dump();
}

}  // namespace spikemesh

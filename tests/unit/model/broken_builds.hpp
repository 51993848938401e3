// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "spikemesh/build_rules.hpp"

namespace spikemesh {

/// A build that breaks one rule, and keeps all others.
struct BrokenBuild {
  std::string rule;  ///< the parameter or the rule, as the error names it
  spec::Build build;
};

/// For every rule of chip.json a build on each side of it: too small, too large, of the wrong
/// shape, and, for rules across parameters, allowed values that do not go together.
inline std::vector<BrokenBuild> broken_builds() {
  std::vector<BrokenBuild> broken;
  const auto add = [&](const spec::BuildRule& rule, std::uint32_t value) {
    spec::Build build;
    build.*rule.member = value;
    broken.push_back({spec::joined("/", rule.name, ": ", std::to_string(value)), build});
  };
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    add(rule, rule.min - 1);
    add(rule, rule.max + 1);
    if (rule.power_of_two && rule.min + 1 < rule.max) add(rule, rule.max - 1);
    if (rule.one_less_than_power_of_two) add(rule, rule.max - 1);
  }
  for (const spec::BuildRelation& relation : spec::kBuildRelations) {
    for (std::size_t choice = 0; choice < std::size_t{1} << relation.parameters.size(); ++choice) {
      spec::Build build;  // each of its parameters at one end of its range
      for (std::size_t i = 0; i < relation.parameters.size(); ++i) {
        const spec::BuildRule& rule = spec::kBuildRules[relation.parameters[i]];
        build.*rule.member = (choice >> i & 1) != 0 ? rule.max : rule.min;
      }
      if (relation.left_value(build) > relation.right_value(build))
        broken.push_back({std::string(relation.left) + " is ", build});
    }
  }
  return broken;
}

}  // namespace spikemesh

// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rules of a build (chip.json: /build, /build_rules), asked by host, model and reference alike.

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh::spec {

/// The value is in the range of the rule and has its shape.
constexpr bool allows(const BuildRule& rule, std::uint64_t value) {
  return value >= rule.min && value <= rule.max &&
         (!rule.power_of_two || std::has_single_bit(value)) &&
         (!rule.one_less_than_power_of_two || std::has_single_bit(value + 1));
}

/// Texts and names, one after another.
template <typename... Parts>
std::string joined(const Parts&... parts) {
  std::string text;
  (text.append(parts), ...);
  return text;
}

/// "4..2048, a power of two".
inline std::string allowed(const BuildRule& rule) {
  return joined(std::to_string(rule.min), "..", std::to_string(rule.max),
                rule.power_of_two ? ", a power of two" : "",
                rule.one_less_than_power_of_two ? ", one less than a power of two" : "");
}

/// "/Lanes (4) or /Neurons (8)": the parameters of a rule across them.
inline std::string parameters_of(const BuildRelation& relation, const Build& build) {
  std::string text;
  for (const std::uint32_t index : relation.parameters) {
    const BuildRule& rule = kBuildRules[index];
    text += joined(text.empty() ? "/" : " or /", rule.name, " (",
                   std::to_string(build.*rule.member), ")");
  }
  return text;
}

/// The first rule that a build breaks, as "/PARAMETER: value, but ... is allowed" or as a sentence
/// on a rule across parameters; "" when it keeps all.
inline std::string build_problem(const Build& build) {
  for (const BuildRule& rule : kBuildRules) {
    const std::uint32_t value = build.*rule.member;
    if (allows(rule, value)) continue;
    return joined("/", rule.name, ": ", std::to_string(value), ", but ", allowed(rule),
                  " is allowed");
  }
  for (const BuildRelation& relation : kBuildRelations) {
    const std::uint64_t left = relation.left_value(build), right = relation.right_value(build);
    if (left <= right) continue;
    return joined(relation.left, " is ", std::to_string(left), ", but at most ", relation.right,
                  " = ", std::to_string(right), " is allowed, so that ", relation.why, "; change ",
                  parameters_of(relation, build));
  }
  return "";
}

/// Cycles that the quiet tree takes over W x H tiles and the host tile, and the broadcast as well
/// (docs/blocks/step.md): D = TreeLatency * max(1, ceil(log(W * H + 1) / log(TreeFanIn))).
constexpr std::uint32_t tree_depth(const Build& build) {
  std::uint32_t levels = 1;
  for (std::uint64_t leaves = build.tree_fan_in; leaves < build.mesh_w * build.mesh_h + 1;
       leaves *= build.tree_fan_in)
    ++levels;
  return levels * build.tree_latency;
}

/// The same build. Throws std::invalid_argument when it breaks a rule.
inline const Build& require_build(const Build& build) {
  const std::string problem = build_problem(build);
  if (!problem.empty()) throw std::invalid_argument("build parameters: " + problem);
  return build;
}

}  // namespace spikemesh::spec

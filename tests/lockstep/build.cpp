// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/build.hpp"

#include <doctest/doctest.h>

#include "spikemesh/error.hpp"
#include "unit/model/broken_builds.hpp"

namespace spikemesh {

TEST_CASE("every named build is loaded by its name") {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    CHECK(load_build(std::string(named.name)) == named.build);
    CHECK(build_name(named.build) == named.name);
  }
  for (const spec::NamedBuild& named : spec::kCoverBuilds) {
    CHECK(load_build(std::string(named.name)) == named.build);
    CHECK(build_name(named.build) == named.name);
  }
}

TEST_CASE("a file gives any subset of the parameters over default") {
  const spec::Build build = parse_build(R"({"MeshW": 8, "Lanes": 2})", "my.json");
  spec::Build expected = load_build("default");
  expected.mesh_w = 8;
  expected.lanes = 2;
  CHECK(build == expected);
  CHECK(build_name(build) == "");
  CHECK(parse_build(to_json(build), "again.json") == build);
}

TEST_CASE("errors of a build name path, value and what is allowed") {
  const auto check = [](const char* text, const char* message) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_build(text, "my.json"), doctest::Contains(message), InputError);
  };
  check(R"({"MeshWidth": 8})", "my.json: /MeshWidth: unknown key; known are MeshW, MeshH, Neurons");
  check(R"({"MeshW": 65})", "my.json: /MeshW: 65, but 1..64 is allowed");
  check(R"({"MeshW": -1})", "my.json: /MeshW: -1, but 1..64 is allowed");
  check(R"({"MeshW": "4"})", "my.json: /MeshW: \"4\", but 1..64 is allowed");
  check(R"({"MeshW": 4.0})", "my.json: /MeshW: 4.0, but 1..64 is allowed");
  check(R"({"Neurons": 100})", "my.json: /Neurons: 100, but 4..2048, a power of two is allowed");
  check(R"({"DelayMax": 8})",
        "my.json: /DelayMax: 8, but 1..15, one less than a power of two is allowed");
  check(R"({"Lanes": 4294967297})",
        "my.json: /Lanes: 4294967297, but 1..4, a power of two is allowed");
  check(R"({"Neurons": 8, "Lanes": 4})",
        "my.json: 4 * Lanes is 16, but at most Neurons = 8 is allowed, so that a lane holds four "
        "neurons or more; change /Neurons (8) or /Lanes (4)");
  check(R"({"MeshW": 2, "MeshW": 3})", "my.json: /MeshW: occurs twice; keep one");
  check(R"([1])", "my.json: /: array, but an object of build parameters is needed");
  check(R"({"MeshW": })", "my.json: this is not JSON: ");
  CHECK_THROWS_WITH_AS(
      load_build("/nowhere/none.json"),
      doctest::Contains(
          "/nowhere/none.json: neither a named build (default, ecp5, tiny, odd, cover0 .. "
          "cover11) nor a file; name one of them"),
      InputError);
}

TEST_CASE("the host refuses every build that breaks a rule, and names it") {
  for (const BrokenBuild& broken : broken_builds()) {
    CAPTURE(broken.rule);
    CHECK_THROWS_WITH_AS(check_build(broken.build, "b"),
                         doctest::Contains(("b: " + broken.rule).c_str()), InputError);
  }
}

TEST_CASE("parameters that do not go together are refused") {
  spec::Build build;
  build.neurons = 2048;
  build.delay_max = 31;  // one less than a power of two, but above its own limit
  CHECK_THROWS_WITH_AS(check_build(build, "b"), doctest::Contains("b: /DelayMax: 31, but 1..15"),
                       InputError);
}

}  // namespace spikemesh

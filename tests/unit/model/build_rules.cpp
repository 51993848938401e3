// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "broken_builds.hpp"
#include "model/noc/mesh.hpp"
#include "model/reference/reference.hpp"

namespace spikemesh::model {

TEST_CASE("the model and the reference refuse every build that breaks a rule, and name it") {
  std::size_t relations = 0;
  for (const BrokenBuild& broken : broken_builds()) {
    CAPTURE(broken.rule);
    const doctest::Contains named((broken.rule).c_str());
    CHECK_THROWS_WITH_AS(make_mesh(broken.build, nullptr), named, std::invalid_argument);
    CHECK_THROWS_WITH_AS(Reference(broken.build), named, std::invalid_argument);
    relations += broken.rule[0] != '/';
  }
  CHECK(relations >= spec::kBuildRelations.size());
}

TEST_CASE("every named build keeps the rules") {
  for (const spec::NamedBuild& named : spec::kBuilds) CHECK(spec::build_problem(named.build) == "");
  for (const spec::NamedBuild& named : spec::kCoverBuilds)
    CHECK(spec::build_problem(named.build) == "");
}

TEST_CASE("the sizes of regions are those of the page") {
  const spec::Build build;
  CHECK(spec::region_words(build, spec::Region::neuron) == 8 * 256);
  CHECK(spec::region_words(build, spec::Region::state) == 4 * 256);
  CHECK(spec::region_words(build, spec::Region::accumulator) == 16 * 256);
  CHECK(spec::region_words(build, spec::Region::counter) == spec::kCounters);
  CHECK(spec::region_words(build, spec::Region::rule) == 32);
  CHECK(spec::region_words(build, spec::Region::table) == 1024);
  CHECK(spec::region_words(build, static_cast<spec::Region>(15)) == 0);
  CHECK_FALSE(spec::region_writable(spec::Region::counter));
  CHECK(spec::region_writable(spec::Region::synapse));
}

}  // namespace spikemesh::model

// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/spikes_csv.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "error_of.hpp"

using namespace spikemesh;

namespace {

std::vector<SpikeRow> read(const std::string& text) {
  std::istringstream in(text);
  return read_spikes(in, "s.csv");
}

std::string error(const std::string& text) {
  return error_of([&] { read(text); });
}

Image image() {
  Image image;
  for (std::uint32_t i = 0; i < 3; ++i) image.inputs.push_back({"in", i, {i}, 2});
  image.inputs.push_back({"clock", 0, {9}, 1});
  return image;
}

std::string mismatch(const std::string& text) {
  return error_of([&] { match_inputs(read(text), image(), 10, "s.csv"); });
}

}  // namespace

TEST_CASE("spikes: columns come in any order, sample and count only if wanted") {
  CHECK(read("step,population,neuron\n5,in,2\n") == std::vector<SpikeRow>{{0, 5, "in", 2, 1, 2}});
  CHECK(read("count,neuron,population,step,sample\r\n3,2,in,5,1\r\n\r\n1,0,in,6,1") ==
        std::vector<SpikeRow>{{1, 5, "in", 2, 3, 2}, {1, 6, "in", 0, 1, 4}});
}

TEST_CASE("spikes: what is written is read back") {
  std::ostringstream out;
  write_spikes(out, {{0, 4, "a", 1, 2, 0}, {1, 0, "b", 0, 1, 0}});
  CHECK(out.str() == "sample,step,population,neuron\n0,4,a,1\n0,4,a,1\n1,0,b,0\n");
  CHECK(read(out.str()).size() == 3);
}

TEST_CASE("spikes: a file of any length is read as a stream of the same text is") {
  const auto path =
      std::filesystem::temp_directory_path() / ("spikes_csv_" + std::to_string(getpid()));
  std::string text = "step,population,neuron\n";
  for (std::uint32_t i = 0; i < 200'000; ++i)  // some pieces, whose ends lie within rows
    text += std::to_string(i / 3) + ",in," + std::to_string(i % 3) + "\n";
  std::ofstream(path) << text;
  const std::vector<SpikeRow> rows = read_spikes(path);
  CHECK(rows.size() == 200'000);
  CHECK(rows == read(text));
  std::ofstream(path) << text << "1,in\n";
  CHECK(error_of([&] { read_spikes(path); }).starts_with(path.string() + ":200002: 2 cells"));
  std::filesystem::remove(path);
}

TEST_CASE("spikes: a table that is wrong names its line") {
  CHECK(error("") ==
        "s.csv:1: the file is empty; begin it with the header sample,step,population,neuron,count");
  CHECK(error("step,population,neuron,time\n") ==
        "s.csv:1: column \"time\" is unknown; the header holds step,population,neuron and, if "
        "wanted, sample and count");
  CHECK(error("step,population\n") == "s.csv:1: column neuron is missing in the header; add it");
  CHECK(error("step,step,population,neuron\n") == "s.csv:1: column step occurs twice; keep one");
  CHECK(error("step,population,neuron\n1,in,0\n1,in\n") ==
        "s.csv:3: 2 cells, but the header has 3; give each row one cell a column");
  CHECK(error("step,population,neuron\n-1,in,0\n") ==
        "s.csv:2: step \"-1\", but a whole number that is not negative is needed");
  CHECK(error("step,population,neuron\n1.5,in,0\n") ==
        "s.csv:2: step \"1.5\", but a whole number that is not negative is needed");
  CHECK(error("step,population,neuron\n,in,0\n") ==
        "s.csv:2: step \"\", but a whole number that is not negative is needed");
  CHECK(error("step,population,neuron,count\n1,in,0,0\n") ==
        "s.csv:2: count 0, but 1..65535 are allowed");
  CHECK(error("step,population,neuron\n99999999999999999999999,in,0\n") ==
        "s.csv:2: step 99999999999999999999999, but 0..4611686018427387904 are allowed");
  CHECK(error_of([] { read_spikes(std::filesystem::path("/nowhere/s.csv")); }) ==
        "/nowhere/s.csv: no such file; check its name and folder");
}

TEST_CASE("spikes: rows of one neuron in one step add up, and come out in order") {
  const auto rows = read("sample,step,population,neuron\n1,2,in,1\n0,3,clock,0\n1,2,in,1\n");
  CHECK(match_inputs(rows, image(), 10, "s.csv") ==
        std::vector<InputSpike>{{0, 3, 3, 1}, {1, 2, 1, 2}});
}

TEST_CASE("spikes: what the network does not know or the proof does not allow is refused") {
  CHECK(mismatch("step,population,neuron\n1,out,0\n") ==
        "s.csv:2: no input population \"out\"; the network has clock, in");
  CHECK(mismatch("step,population,neuron\n1,in,3\n") ==
        "s.csv:2: neuron 3, but the neurons of \"in\" are 0..2");
  CHECK(mismatch("step,population,neuron\n10,in,0\n") ==
        "s.csv:2: step 10, but a sample has the steps 0..9; run more steps");
  CHECK(mismatch("step,population,neuron,count\n1,in,0,2\n1,in,0,1\n") ==
        "s.csv:3: 3 spikes of neuron 0 of \"in\" in step 1, but the network declares "
        "max_spikes_per_step 2; raise it there");
  CHECK(mismatch("step,population,neuron,count\n1,in,0,2\n2,in,0,2\n1,clock,0,1\n") == "");
}

// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/npy.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "error_of.hpp"

using namespace spikemesh;

namespace {

/// A file of format version 1 with this dict and these data bytes.
std::vector<std::uint8_t> file(const std::string& dict, const std::vector<std::uint8_t>& data) {
  std::string bytes = "\x93NUMPY";
  for (const std::size_t byte : {std::size_t{1}, std::size_t{0}, dict.size(), std::size_t{0}})
    bytes += static_cast<char>(byte);
  bytes += dict;
  for (const std::uint8_t byte : data) bytes += static_cast<char>(byte);
  return {bytes.begin(), bytes.end()};
}

std::vector<double> values(const std::string& dict, const std::vector<std::uint8_t>& data) {
  return parse_npy(file(dict, data), "a.npy").fields.front().values;
}

std::string error(const std::string& dict, const std::vector<std::uint8_t>& data = {}) {
  return error_of([&] { parse_npy(file(dict, data), "a.npy"); });
}

}  // namespace

TEST_CASE("npy: integers of every width and byte order keep their value") {
  CHECK(values("{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }", {0xff, 5}) ==
        std::vector<double>{-1, 5});
  CHECK(values("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", {0xff, 5}) ==
        std::vector<double>{255, 5});
  CHECK(values("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", {0, 1}) ==
        std::vector<double>{0, 1});
  CHECK(values("{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }", {0x00, 0x80}) ==
        std::vector<double>{-32768});
  CHECK(values("{'descr': '>i2', 'fortran_order': False, 'shape': (1,), }", {0x80, 0x01}) ==
        std::vector<double>{-32767});
  CHECK(values("{'descr': '<u4', 'fortran_order': False, 'shape': (1,), }", {1, 0, 0, 0x80}) ==
        std::vector<double>{2147483649.0});
  CHECK(values("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
               {0xfe, 255, 255, 255, 255, 255, 255, 255}) == std::vector<double>{-2});
}

TEST_CASE("npy: floats of 32 and 64 bits keep their value") {
  CHECK(values("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", {0, 0, 0xc0, 0xbf}) ==
        std::vector<double>{-1.5});
  CHECK(values("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", {0xbf, 0xc0, 0, 0}) ==
        std::vector<double>{-1.5});
  CHECK(values("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
               {0, 0, 0, 0, 0, 0, 0xf8, 0x3f}) == std::vector<double>{1.5});
}

TEST_CASE("npy: Fortran order is turned into C order") {
  // [[1, 2, 3], [4, 5, 6]] stored column by column
  CHECK(values("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", {1, 4, 2, 5, 3, 6}) ==
        std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("npy: a structured array gives one column a field") {
  const Npy npy = parse_npy(file("{'descr': [('pre', '<u2'), ('weight', '<f4'), ('delay', '|u1')], "
                                 "'fortran_order': False, 'shape': (2,), }",
                                 {7, 0, 0, 0, 0x80, 0x3f, 3, 9, 1, 0, 0, 0, 0xc0, 4}),
                            "a.npy");
  REQUIRE(npy.fields.size() == 3);
  CHECK(npy.shape == std::vector<std::size_t>{2});
  CHECK(npy.find("pre")->values == std::vector<double>{7, 265});
  CHECK(npy.find("weight")->values == std::vector<double>{1, -2});
  CHECK(npy.find("delay")->values == std::vector<double>{3, 4});
  CHECK(npy.find("post") == nullptr);
}

TEST_CASE("npy: an empty array and a scalar have as many values as their shape says") {
  CHECK(values("{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", {}).empty());
  CHECK(values("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", {3}) ==
        std::vector<double>{3});
}

TEST_CASE("npy: what is written is read back") {
  const auto path =
      std::filesystem::temp_directory_path() / ("npy_test_" + std::to_string(getpid()) + ".npy");
  write_npy(path, {2, 2}, std::vector<double>{1, 2.5, -3, 1e300});
  const Npy doubles = read_npy(path);
  CHECK(doubles.shape == std::vector<std::size_t>{2, 2});
  CHECK(doubles.fields.front().values == std::vector<double>{1, 2.5, -3, 1e300});
  CHECK(std::filesystem::file_size(path) == 128 + 4 * 8);
  write_npy(path, {3}, std::vector<std::uint32_t>{1, 0xffffffff, 3});
  CHECK(read_npy(path).fields.front().values == std::vector<double>{1, 4294967295.0, 3});
  write_npy(path, {3, 1}, std::vector<std::int32_t>{-7, 0, 2147483647});
  CHECK(read_npy(path).fields.front().values == std::vector<double>{-7, 0, 2147483647});
  write_npy(path, {1}, std::vector<std::int64_t>{-5});
  CHECK(read_npy(path).fields.front().values == std::vector<double>{-5});
  std::filesystem::remove(path);
}

TEST_CASE("npy: a file that is none is refused by name") {
  CHECK(error_of([] {
          parse_npy(std::vector<std::uint8_t>{'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0}, "a.npy");
        }) == "a.npy: this is not a .npy file; write it with numpy.save");
  CHECK(error_of([] { read_npy("/nowhere/a.npy"); }) ==
        "/nowhere/a.npy: no such file; check its name and folder");
  CHECK(error_of([] {
          parse_npy(std::vector<std::uint8_t>{0x93, 'N', 'U', 'M', 'P', 'Y', 9, 0, 0, 0}, "a.npy");
        }) == "a.npy: format version 9, but 1..3 are known; write it with numpy.save");
  CHECK(
      error_of([] {
        parse_npy(std::vector<std::uint8_t>{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 200, 0}, "a.npy");
      }) == "a.npy: cut short in its header (10 bytes); write it again");
}

TEST_CASE("npy: a file cut short says how much is missing") {
  CHECK(error("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", {1, 2, 3}) ==
        "a.npy: 3 bytes of data, but its shape needs 32; write the file again");
  CHECK(error("{'descr': '<f8', 'fortran_order': False, 'shape': "
              "(4000000000,4000000000,4000000000,), }") ==
        "a.npy: its shape is impossibly large; write the file again");
}

TEST_CASE("npy: a header that is broken says where") {
  CHECK(error("{'descr': 'O', 'fortran_order': False, 'shape': (1,), }") ==
        "a.npy: element type 'O', but bool, integers and floats of 32 or 64 bits are known; "
        "convert it with astype");
  CHECK(error("{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }")
            .find("element type '<f2'") != std::string::npos);
  CHECK(error("{'descr': '<f8', 'shape': (1, }") ==
        "a.npy: its shape is broken at character 30; write it with numpy.save");
  CHECK(error("{'descr': '<f8'}") ==
        "a.npy: descr, fortran_order or shape is missing in its header; write it with numpy.save");
  CHECK(error("{'descr': '<f8', 'order': 1}") ==
        "a.npy: key 'order' in its header, which is unknown; write it with numpy.save");
  CHECK(error("'descr'") ==
        "a.npy: '{' is missing at character 0 of its header; write it with numpy.save");
  const auto header = [](const std::string& descr, const std::string& shape) {
    return error("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }", {1});
  };
  for (const char* shape : {"(1)", "(1,,)", "(,)", "(1 2)", "(0x1,)", "(+1,)", "(1.0,)"})
    CHECK(header("'<f8'", shape).find(" at character ") != std::string::npos);
  CHECK(header("'|f8'", "(1,)").find("element type '|f8' has no byte order") != std::string::npos);
  CHECK(header("[('a', '<f8'), ('a', '<f8')]", "(1,)").find("field a stands more than once") !=
        std::string::npos);
  CHECK(header("[('a', '<f8') ('b', '<f8')]", "(1,)").find("',' or ']' is missing") !=
        std::string::npos);
  CHECK(header("'<f8' 'x': 1", "(1,)").find("',' or '}' is missing") != std::string::npos);
  CHECK(error("{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }")
            .find("descr stands more than once") != std::string::npos);
  CHECK(error("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } x")
            .find("something follows its header, at character 58") != std::string::npos);
  CHECK(error("{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", {2}) ==
        "a.npy: element 0 is 2, but a bool is 0 or 1; write the file again");
  CHECK(error("{'descr': '<f8', 'fortran_order': Maybe}") ==
        "a.npy: fortran_order is neither True nor False; write it with numpy.save");
}

TEST_CASE("npy: an integer that a double cannot hold is refused") {
  CHECK(error("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }",
              {1, 0, 0, 0, 0, 0, 0, 1}) == "a.npy: element 0 is beyond 2^53; use smaller integers");
}

// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/frame.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace spikemesh;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// The contents of all good frames in `bytes`.
std::vector<Bytes> decode(FrameDecoder& decoder, const Bytes& bytes) {
  std::vector<Bytes> frames;
  for (const std::uint8_t byte : bytes) {
    if (decoder.push(byte)) frames.emplace_back(decoder.content().begin(), decoder.content().end());
  }
  return frames;
}

nlohmann::json vectors() {
  std::ifstream file(SPIKEMESH_GENERATED_DIR "/vectors.json");
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

Request from_vector(const nlohmann::json& frame) {
  Request request{spec::Command::read, frame["sequence"], frame["tile"], frame["address"], 1, {}};
  if (!frame["data"].is_null()) {
    request.command = spec::Command::write;
    request.data = frame["data"].get<std::vector<std::uint32_t>>();
    request.length = static_cast<std::uint16_t>(request.data.size());
  }
  return request;
}

/// A request of random content, rich in bytes that SLIP escapes.
Request random_request(std::mt19937_64& random) {
  const auto word = [&] {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t byte[] = {
          0xC0, 0xDB, 0xDC, 0xDD, 0, 0xFF, static_cast<std::uint32_t>(random() & 255u)};
      value = value << 8 | byte[random() % 7];
    }
    return value;
  };
  Request request{random() % 2 ? spec::Command::read : spec::Command::write,
                  static_cast<std::uint16_t>(word()),
                  static_cast<std::uint16_t>(word()),
                  word() & 0xffffffu,
                  static_cast<std::uint16_t>(1 + random() % 256),
                  {}};
  if (request.command == spec::Command::write) {
    for (int i = 0; i < request.length; ++i) request.data.push_back(word());
  }
  return request;
}

Reply reply_to(const Request& request, std::mt19937_64& random) {
  Reply reply{spec::kVersion,   request.command, request.sequence,
              request.tile,     request.address, request.length,
              spec::Status::ok, request.length,  {}};
  if (random() % 4 == 0) {
    reply.status = spec::Status::running;
    reply.done = 0;
  } else if (request.command == spec::Command::read) {
    for (int i = 0; i < request.length; ++i) reply.data.push_back(static_cast<unsigned>(random()));
  }
  return reply;
}

}  // namespace

TEST_CASE("frames are, byte for byte, those of the generator's vectors") {
  unsigned compared = 0;
  const nlohmann::json all = vectors();
  for (const auto& frame : all["frames"]) {
    const Request request = from_vector(frame);
    const Bytes wire = from_hex(frame["wire"]);
    CHECK(encode(request) == wire);
    CHECK(encoded_size(request) == wire.size());
    FrameDecoder decoder;
    const auto frames = decode(decoder, wire);
    REQUIRE(frames.size() == 1);
    CHECK(parse_request(frames[0]) == request);
    ++compared;
  }
  CHECK(compared >= 2);
}

TEST_CASE("the worked frame of the protocol page is what is sent") {
  std::ifstream page(SPIKEMESH_SOURCE_DIR "/docs/protocol.md");
  REQUIRE(page);
  Bytes bytes;
  std::string line;
  while (std::getline(page, line) && line.find("## A worked frame") == std::string::npos) continue;
  while (std::getline(page, line) && line != "```") continue;
  while (std::getline(page, line) && line != "```") {
    std::string hex = line.substr(0, line.find("  "));
    std::erase(hex, ' ');
    for (const std::uint8_t byte : from_hex(hex)) bytes.push_back(byte);
  }
  CHECK(bytes == encode(Request{spec::Command::read, 1, 0x8000, 0, 1, {}}));
}

TEST_CASE("what is encoded is decoded again, requests and replies") {
  std::mt19937_64 random(20260101);
  FrameDecoder decoder;
  for (int i = 0; i < 500; ++i) {
    const Request request = random_request(random);
    const Bytes wire = encode(request);
    CHECK(wire.size() <= largest_request(request.data.size()));
    const auto requests = decode(decoder, wire);
    REQUIRE(requests.size() == 1);
    CHECK(parse_request(requests[0]) == request);
    CHECK_FALSE(parse_reply(requests[0]));

    const Reply reply = reply_to(request, random);
    const auto replies = decode(decoder, encode(reply));
    REQUIRE(replies.size() == 1);
    CHECK(parse_reply(replies[0]) == reply);
    CHECK_FALSE(parse_request(replies[0]));
  }
  CHECK(decoder.bad_frames() == 0);
}

TEST_CASE("whatever came before, the frame after an END is found") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    FrameDecoder decoder(4096);
    Bytes bytes;
    for (unsigned i = 0, n = random() % 60; i < n; ++i) {
      const std::uint8_t byte[] = {0xC0, 0xDB, static_cast<std::uint8_t>(random())};
      bytes.push_back(byte[random() % 3]);
    }
    const Request request = random_request(random);
    const Bytes wire = encode(request);
    bytes.insert(bytes.end(), wire.begin(), wire.end());
    const auto frames = decode(decoder, bytes);
    REQUIRE(frames.size() == 1);
    CHECK(parse_request(frames[0]) == request);
  }
}

TEST_CASE("a changed, dropped or doubled byte never makes another good frame") {
  std::mt19937_64 random(8);
  unsigned refused = 0;
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const Request request = random_request(random);
    const Bytes wire = encode(request);
    Bytes bytes = wire;
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(1 + random() % (bytes.size() - 2));
    switch (random() % 3) {
      case 0:
        *at = static_cast<std::uint8_t>(*at ^ (1u << random() % 8));
        break;
      case 1:
        bytes.erase(at);
        break;
      default:
        bytes.insert(at, *at);
    }
    FrameDecoder decoder;
    for (const Bytes& frame : decode(decoder, bytes)) CHECK(parse_request(frame) == request);
    refused += decoder.bad_frames() > 0;
  }
  CHECK(refused > 1900);
}

TEST_CASE("a frame that never ends takes no more memory than the limit, and the next is found") {
  FrameDecoder decoder(64);
  for (int i = 0; i < 100000; ++i) CHECK_FALSE(decoder.push(0x55));
  const Request request{spec::Command::read, 5, 0, 6, 7, {}};
  const auto frames = decode(decoder, encode(request));
  REQUIRE(frames.size() == 1);
  CHECK(parse_request(frames[0]) == request);
  CHECK(decoder.bad_frames() == 1);
}

TEST_CASE("a request whose length is not that of its data is not encoded") {
  CHECK_THROWS_AS(encode(Request{spec::Command::write, 0, 0, 0, 2, {1}}), std::invalid_argument);
  CHECK_THROWS_AS(encode(Request{spec::Command::read, 0, 0, 0, 1, {1}}), std::invalid_argument);
}

// SPDX-License-Identifier: Apache-2.0
// Bridge, bus and tile port before a stand-in for the mesh that accepts and answers as a test says.
#include <doctest/doctest.h>

#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/unit/model/host/host_rig.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using spec::Register;
using spec::Status;

namespace {

/// What the stand-in does; a test sets it before its rig.
struct Script {
  std::uint64_t ready_from = 0;      ///< the host link accepts from this cycle on
  std::uint64_t reply_after = 5;     ///< cycles from a read's acceptance to its reply
  std::uint64_t busy_after = 1;      ///< cycles that the mesh stays busy after a flit
  bool answers = true;               ///< reads get a reply
  std::uint64_t busy_until = 0;      ///< the mesh is busy until this cycle whatever comes
  std::uint32_t reply_addr_xor = 0;  ///< makes replies match nothing
};
Script script;

/// A mesh that has no tiles: it keeps the flits and times what the script says.
class ScriptedMesh final : public model::Mesh {
 public:
  void reset(std::uint64_t) override {
    pushed_.reset(), popped_ = false;
    replies_.clear(), buffer_.clear();
    busy_ = 0;
  }
  void start(const model::Broadcast&, std::uint64_t) override {}
  void inputs_end(std::uint64_t) override {}
  bool learn_needed() const override { return false; }
  bool blocked() const override { return false; }
  bool link_ready() const override { return cycle_ >= script.ready_from; }
  void link_push(const model::Flit& flit) override { pushed_ = flit; }
  bool host_valid() const override { return !buffer_.empty(); }
  const model::Flit& host_head() const override { return buffer_.front(); }
  void host_pop() override { popped_ = true; }
  void evaluate(std::uint64_t) override {}
  void commit(std::uint64_t cycle) override {
    cycle_ = cycle + 1;
    if (popped_) buffer_.pop_front();
    if (pushed_) {
      busy_ = cycle + script.busy_after;
      if (pushed_->flit_kind() == spec::FlitKind::read && script.answers) reply(cycle);
    }
    while (!replies_.empty() && replies_.front().first <= cycle) {
      buffer_.push_back(replies_.front().second);
      replies_.pop_front();
      busy_ = std::max(busy_, cycle + 1);
    }
    pushed_.reset();
    popped_ = false;
  }
  std::uint64_t next_wake() const override {
    if (cycle_ < std::max(script.ready_from, script.busy_until)) {
      return cycle_;  // it is watched cycle by cycle
    }
    return replies_.empty() ? model::kNever : std::max(cycle_, replies_.front().first);
  }
  std::uint64_t last_busy() const override { return std::max(busy_, script.busy_until); }
  std::uint64_t rest(std::uint64_t, unsigned) const override { return 0; }
  model::Activity& activity() override { return activity_; }

  // Nobody does this here.
  void send(std::shared_ptr<const model::Traffic>) override {}
  bool sends_traffic() const override { return false; }
  void set_hard_steps(bool) override {}
  void observe(model::Observer*) override {}
  void plant(const model::Faults&) override {}
  std::uint32_t read(std::uint32_t, std::uint32_t, std::uint32_t) const override { return 0; }
  const model::TileMemory& memory(std::uint32_t, std::uint32_t) const override {
    throw std::logic_error("no memories here");
  }
  void write(std::uint32_t, std::uint32_t, std::uint32_t, std::span<const std::uint32_t>) override {
  }
  void passed(std::uint32_t, std::uint32_t, bool) override {}
  std::uint32_t filled_buffers() const override { return 0; }

 private:
  void reply(std::uint64_t cycle) {
    model::Flit reply = *pushed_;
    reply.kind = 3;
    reply.host = 1;
    reply.addr = (reply.addr ^ script.reply_addr_xor) & 0xFFFFFu;
    reply.data = 0xABCD0000 + pushed_->addr;
    replies_.push_back({cycle + script.reply_after - 1, reply});
  }

  std::uint64_t cycle_ = 0;  // the next one
  std::optional<model::Flit> pushed_;
  bool popped_ = false;
  std::deque<std::pair<std::uint64_t, model::Flit>> replies_;
  std::deque<model::Flit> buffer_;
  std::uint64_t busy_ = 0;
  model::Activity activity_;
};

constexpr std::uint32_t kTimeoutAnswer =
    spec::kMeshTimeout + 1;  // from the first cycle of the offer

Rig idle_rig(const Script& behaviour = {}, std::string_view build = "tiny") {
  script = behaviour;
  return Rig(named_build(build), std::make_unique<ScriptedMesh>());
}
Rig& settle(Rig& rig) {
  rig.run(1000);
  return rig;
}

}  // namespace

TEST_CASE("frame 0 of the generated vectors reads MAGIC") {
  std::ifstream file(std::string(SPIKEMESH_GENERATED_DIR) + "/vectors.json");
  const std::string hex = nlohmann::json::parse(file)["frames"][0]["wire"];
  Bytes wire;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    wire.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  Rig rig = idle_rig();
  const auto replies = settle(rig).exchange(wire);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].head == 0x19);
  CHECK(replies[0].sequence == 1);
  CHECK(replies[0].status == Status::ok);
  CHECK(replies[0].done == 1);
  CHECK(replies[0].data == Words{spec::kMagic});
}

TEST_CASE("frame 1 of the generated vectors passes through its escapes") {
  std::ifstream file(std::string(SPIKEMESH_GENERATED_DIR) + "/vectors.json");
  const std::string hex = nlohmann::json::parse(file)["frames"][1]["wire"];
  Bytes wire;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    wire.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  Rig rig = idle_rig({}, "default");
  const auto replies = settle(rig).exchange(wire);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].sequence == 0xC0DB);
  CHECK(replies[0].status == Status::ok);
  CHECK(replies[0].done == 3);
  const auto answers = rig.log.of(EventKind::bus);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].as<spec::BusEvent>().tile == 0x41);
  CHECK(answers[0].as<spec::BusEvent>().addr == 0x30008);
  CHECK(answers[0].as<spec::BusEvent>().data == 0xC0DBDCDD);
  CHECK(answers[2].as<spec::BusEvent>().data == 0xFFFFFFFF);
}

TEST_CASE("a byte port read of one register takes the cycles of the page") {
  Rig rig = idle_rig();
  const std::uint64_t start = settle(rig).cycle();
  rig.read(kHostTile, 0);
  const std::uint64_t end_popped = start + 16 - 1 + 2;  // 16 bytes, one a cycle, two cycles later
  const auto answers = rig.log.of(EventKind::bus);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].cycle == end_popped + 1 + 1 + 2);  // CHECK, then r, exec, answer
  REQUIRE(rig.sent_at.size() == 23);
  CHECK(rig.sent_at[0] == answers[0].cycle + 1);  // END in the first cycle of SEND
  CHECK(rig.sent_at[13] == rig.sent_at[0] + 13);  // the header
  CHECK(rig.sent_at[14] == rig.sent_at[13] + 2);  // LOADW before a word
  CHECK(rig.sent_at[22] == rig.sent_at[14] + 8);  // word, CRC, END
}

TEST_CASE("a frame that is whole but wrong gets its status") {
  Rig rig = idle_rig();
  settle(rig);
  const auto status = [&](const Bytes& raw) { return rig.transact(raw).status; };
  CHECK(status(request(0x21, 1, kHostTile, 0, {})) == Status::bad_command);
  CHECK(status(request(0x13, 1, kHostTile, 0, {})) == Status::bad_command);
  CHECK(status(request(0x19, 1, kHostTile, 0, {})) == Status::bad_command);
  CHECK(status(request(0x11, 1, kHostTile, 0, {}, 0)) == Status::bad_length);
  CHECK(status(request(0x11, 1, kHostTile, 0, {}, 33)) == Status::bad_length);
  CHECK(status(request(0x11, 1, kHostTile, 0, {1}, 1)) == Status::bad_length);
  CHECK(status(request(0x12, 1, kHostTile, 20, {1, 2}, 1)) == Status::bad_length);
  CHECK(status(request(0x12, 1, kHostTile, 20, {1}, 2)) == Status::bad_length);
  CHECK(status(request(0x11, 1, kHostTile, spec::kRegisters.size(), {}, 2)) == Status::bad_address);
  CHECK(rig.transact(request(0x25, 9, 0, 0, {})).head == 0x1D);
  CHECK(rig.get(Register::frames) == 11);
  CHECK(rig.get(Register::bad_frames) == 0);
}

TEST_CASE("a frame that is torn or altered is dropped and counted") {
  Rig rig = idle_rig();
  settle(rig);
  const Bytes good = slip(request(0x11, 1, kHostTile, 0, {}));
  Bytes altered = good;
  altered[4] ^= 1;
  Bytes torn(good.begin() + 1, good.begin() + 8);
  torn.push_back(0xC0);
  const Bytes short_frame{0xC0, 0x11, 0xC0};
  const Bytes bad_escape{0xC0, 0x11, 0xDB, 0x00, 0xC0};
  Bytes pending = good;
  pending.insert(pending.end() - 1, 0xDB);
  for (const Bytes& wire : {altered, torn, short_frame, bad_escape, pending}) {
    CHECK(rig.exchange(wire).empty());
  }
  CHECK(rig.exchange({0xC0, 0xC0, 0xDB, 0x00, 0xC0, 0xDB, 0xC0}).empty());  // frames without a byte
  CHECK(rig.get(Register::bad_frames) == 5);
  CHECK(rig.get(Register::frames) == 2);
}

TEST_CASE("the byte after an END starts a frame whatever came before") {
  Rig rig = idle_rig();
  settle(rig);
  const Bytes good = slip(request(0x11, 1, kHostTile, 0, {}));
  for (const Bytes& noise :
       {Bytes{0xDB}, Bytes{0x55, 0xAA}, Bytes{0xDB, 0x11}, Bytes(9000, 0x11)}) {
    Bytes wire = noise;
    wire.insert(wire.end(), good.begin(), good.end());
    const auto replies = rig.exchange(wire);
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].data == Words{spec::kMagic});
  }
}

TEST_CASE("a write stops at the first word that is refused and says how many went before") {
  Rig rig = idle_rig();
  settle(rig);
  const Reply reply =
      rig.write(kHostTile, static_cast<std::uint32_t>(Register::pause), {1, 50, 99, 1});
  CHECK(reply.status == Status::bad_value);  // ADAPT_PERIOD above 31
  CHECK(reply.done == 2);
  CHECK(rig.get(Register::pause) == 1);
  CHECK(rig.get(Register::period) == 50);
  CHECK(rig.get(Register::adapt_period) == 0);
  const Reply blocked =
      rig.write(kHostTile, static_cast<std::uint32_t>(Register::adapt_period), {3, 1});
  CHECK(blocked.status == Status::read_only);
  CHECK(blocked.done == 1);
}

TEST_CASE("a tile write is answered the cycle after its flit was accepted") {
  Rig rig = idle_rig();
  settle(rig);
  rig.write(0, 0x30001, {5});
  const auto answers = rig.log.of(EventKind::bus);
  REQUIRE(answers.size() == 1);
  const std::uint64_t end_popped = rig.log.of(EventKind::byte_in).back().cycle + 2;
  CHECK(answers[0].cycle == end_popped + 1 + 1 + 1 + 2 + 1);  // CHECK, LOAD, r, r+2 accepted, r+3
  CHECK(answers[0].as<spec::BusEvent>() ==
        spec::BusEvent{.data = 5, .addr = 0x30001, .tile = 0, .write = 1, .status = 0});
}

TEST_CASE("a reply to a tile write waits until the mesh is quiet") {
  Rig rig = idle_rig({.busy_after = 40});
  settle(rig);
  rig.write(0, 0x30001, {5});
  const std::uint64_t accepted = rig.log.of(EventKind::bus)[0].cycle - 1;
  const std::uint64_t depth = 1;
  CHECK(rig.sent_at[0] == accepted + 40 + 1 + depth + 1);  // quiet, then the first cycle of SEND
}

TEST_CASE("settle holds the fence until a flit just handed over shows in the quiet tree") {
  Rig rig = idle_rig({.busy_after = 0}, "default");
  settle(rig);
  rig.write(0, 0x30001, {5});
  const std::uint64_t accepted = rig.log.of(EventKind::bus)[0].cycle - 1;
  const std::uint64_t depth = 3;
  CHECK(rig.sent_at[0] == accepted + 1 + depth + 1);
}

TEST_CASE("a tile read is answered two cycles after its reply was popped") {
  Rig rig = idle_rig({.reply_after = 17});
  settle(rig);
  const Reply reply = rig.read(0, 0x30001);
  CHECK(reply.data == Words{0xABCD0000 + 0x30001});
  const std::uint64_t end_popped = rig.log.of(EventKind::byte_in).back().cycle + 2;
  CHECK(rig.log.of(EventKind::bus)[0].cycle == end_popped + 1 + 1 + 2 + 17 + 2);
}

TEST_CASE("a flit that is never accepted is withdrawn and answered timeout") {
  Rig rig = idle_rig();
  settle(rig);
  script.ready_from = 1'000'000;
  const Reply reply = rig.write(0, 0x30001, {5});
  CHECK(reply.status == Status::timeout);
  CHECK(reply.done == 0);
  const std::uint64_t end_popped = rig.log.of(EventKind::byte_in).back().cycle + 2;
  const std::uint64_t request_cycle = end_popped + 3;  // CHECK, LOAD, REQUEST
  CHECK(rig.log.of(EventKind::bus)[0].cycle == request_cycle + 2 + kTimeoutAnswer);
}

TEST_CASE("acceptance in the last cycle before the timeout counts") {
  for (const unsigned late : {0u, 1u}) {
    Rig rig = idle_rig();
    const std::uint64_t popped = settle(rig).cycle() + 20 - 1 + 2;  // END of a frame of 20 bytes
    script.ready_from = popped + 3 + 2 + spec::kMeshTimeout + late;
    const Reply reply = rig.write(0, 0x30001, {5});
    CHECK(reply.status == (late == 0 ? Status::ok : Status::timeout));
  }
}

TEST_CASE("a read whose reply never comes is answered timeout, and its late reply is ignored") {
  Rig rig = idle_rig({.reply_after = 70'000});
  settle(rig);
  const Reply reply = rig.read(0, 0x30001);
  CHECK(reply.status == Status::timeout);
  CHECK(reply.data.empty());
  const auto bus = rig.log.of(EventKind::bus)[0];
  CHECK(bus.as<spec::BusEvent>().data == 0);
  script.reply_after = 5;
  CHECK(rig.read(0, 0x30002).data == Words{0xABCD0000 + 0x30002});
}

TEST_CASE("a reply for another word is popped and ignored") {
  Rig rig = idle_rig({.reply_addr_xor = 1});
  settle(rig);
  CHECK(rig.read(0, 0x30004).status == Status::timeout);
}

TEST_CASE("a fence that never becomes quiet is answered timeout") {
  Rig rig = idle_rig();
  settle(rig);
  script.busy_until = 900'000;
  const Reply reply = rig.write(0, 0x30001, {5});
  CHECK(reply.status == Status::timeout);
  CHECK(reply.done == 1);
  const std::uint64_t answered = rig.log.of(EventKind::bus)[0].cycle;
  CHECK(rig.sent_at[0] == answered + 1 + spec::kMeshTimeout + 1);
}

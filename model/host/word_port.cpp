// SPDX-License-Identifier: Apache-2.0
#include "model/host/word_port.hpp"

#include <algorithm>
#include <utility>

#include "model/noc/mesh.hpp"

namespace spikemesh::model {

using spec::Status;

namespace {
constexpr std::uint32_t kHostTileBit = 0x8000, kWordBytes = 4, kWholeWord = 15;

bool in_host(std::uint32_t address) { return address - spec::kByteHost < spec::kByteHostSize; }
bool in_tile(std::uint32_t address) { return address - spec::kByteTile < spec::kByteTileSize; }
bool is_own(std::uint32_t address) {
  return address == spec::kByteWindow || address == spec::kByteFence ||
         address == spec::kByteFault || address == spec::kByteFaultAddress;
}
}  // namespace

std::vector<WordAnswer> WordPort::take_answers() { return std::exchange(answers_, {}); }

Status WordPort::check(const WordAccess& access) const {
  const std::uint32_t address = access.address;
  if (address % kWordBytes != 0 || (access.write && access.strobe != kWholeWord))
    return Status::bad_length;
  if (!in_host(address) && !in_tile(address) && !is_own(address)) return Status::bad_address;
  if (!access.write) return Status::ok;
  if (address == spec::kByteFence || address == spec::kByteFaultAddress) return Status::read_only;
  const bool wrong = address == spec::kByteWindow && access.data >= kHostTileBit;
  return wrong ? Status::bad_value : Status::ok;
}

std::optional<BusRequest> WordPort::map(const WordAccess& access) const {
  const bool host = in_host(access.address);
  if (!host && !in_tile(access.address)) return std::nullopt;
  const std::uint32_t base = host ? spec::kByteHost : spec::kByteTile;
  return BusRequest{.write = access.write,
                    .tile = static_cast<std::uint16_t>(host ? kHostTileBit : window_),
                    .address = (access.address - base) / kWordBytes,
                    .data = access.data};
}

std::uint32_t WordPort::own_word(std::uint32_t address) const {
  switch (address) {
    case spec::kByteWindow:
      return window_;
    case spec::kByteFault:
      return static_cast<std::uint32_t>(fault_);
    case spec::kByteFaultAddress:
      return fault_address_;
    default:
      return 0;
  }
}

std::uint64_t WordPort::next_wake(std::uint64_t now) const {
  switch (state_) {
    case State::free:
      return waiting_.empty() ? kNever : std::max(now, waiting_.front().at);
    case State::ask:
      return to_bus() ? kNever : now;
    case State::fence:
      return std::max(now, deadline_);
    case State::answer:
      return now;
  }
  return kNever;
}

std::optional<WordAnswer> WordPort::commit(std::uint64_t cycle, const Inputs& inputs) {
  switch (state_) {
    case State::free:
      if (!waiting_.empty() && waiting_.front().at <= cycle) {
        take(waiting_.front().access);
        waiting_.pop_front();
      }
      break;
    case State::ask:
      ask(cycle, inputs);
      break;
    case State::fence:
      if (inputs.quiet || cycle >= deadline_)
        set_answer({inputs.quiet ? Status::ok : Status::timeout, 0});
      break;
    case State::answer: {
      note_fault();
      state_ = State::free;
      answers_.push_back({cycle, answer_.status, access_.write ? 0 : answer_.data});
      return answers_.back();
    }
  }
  return std::nullopt;
}

void WordPort::take(const WordAccess& access) {
  access_ = access;
  state_ = State::ask;
  const auto request = map(access);
  to_bus_ = check(access) == Status::ok && request.has_value();
  if (to_bus_) request_ = *request;
}

void WordPort::ask(std::uint64_t cycle, const Inputs& inputs) {
  if (!to_bus()) return own(cycle);
  if (inputs.answer) set_answer(*inputs.answer);
}

void WordPort::own(std::uint64_t cycle) {
  const Status status = check(access_);
  if (status == Status::ok && access_.address == spec::kByteFence) {
    state_ = State::fence;
    deadline_ = cycle + 1 + spec::kMeshTimeout;
    return;
  }
  const bool read = status == Status::ok && !access_.write;
  set_answer({status, read ? own_word(access_.address) : 0});
  if (status == Status::ok && access_.write) write_own(access_);
}

void WordPort::write_own(const WordAccess& access) {
  if (access.address == spec::kByteWindow) {
    window_ = access.data;
  } else {
    fault_ = Status::ok;
    fault_address_ = 0;
  }
}

void WordPort::set_answer(const BusAnswer& answer) {
  answer_ = answer;
  state_ = State::answer;
}

void WordPort::note_fault() {
  if (answer_.status == Status::ok || fault_ != Status::ok) return;
  fault_ = answer_.status;
  fault_address_ = access_.address;
}

}  // namespace spikemesh::model

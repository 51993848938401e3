// SPDX-License-Identifier: Apache-2.0
// The socket of a chip: transactions become accesses of words (docs/systemc.md, "The socket").
#include <algorithm>
#include <cstring>

#include "spikemesh/spec.hpp"
#include "spikemesh/systemc/pins.hpp"

namespace spikemesh::systemc {

namespace {

using spec::Status;
using tlm::tlm_generic_payload;
using tlm::tlm_response_status;

constexpr unsigned kWordBytes = 4;

/// The words of a transaction, one after another.
class Words {
 public:
  explicit Words(tlm_generic_payload& transaction) : transaction_(transaction) {}

  /// What is wrong with it whatever the chip does; TLM_OK_RESPONSE: nothing.
  tlm_response_status check() const {
    const unsigned length = transaction_.get_data_length();
    const unsigned width = transaction_.get_streaming_width();
    if (transaction_.get_data_ptr() == nullptr) return tlm::TLM_GENERIC_ERROR_RESPONSE;
    if (length == 0 || length % kWordBytes != 0 || width == 0 || width % kWordBytes != 0)
      return tlm::TLM_BURST_ERROR_RESPONSE;
    if (transaction_.get_byte_enable_ptr() != nullptr && transaction_.get_byte_enable_length() == 0)
      return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    const std::uint64_t first = transaction_.get_address(), span = std::min(length, width);
    const bool inside = first <= kLast && span - 1 <= kLast - first;
    return inside ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  unsigned count() const { return transaction_.get_data_length() / kWordBytes; }
  std::uint32_t address(unsigned word) const {
    const unsigned offset = word * kWordBytes % transaction_.get_streaming_width();
    return static_cast<std::uint32_t>(transaction_.get_address() + offset);
  }
  BusAccess access(unsigned word) const {
    BusAccess access;
    access.write = transaction_.is_write();
    access.address = address(word);
    std::memcpy(&access.data, transaction_.get_data_ptr() + word * kWordBytes, kWordBytes);
    access.strobe = 0;
    for (unsigned byte = 0; byte < kWordBytes; ++byte)
      if (enabled(word * kWordBytes + byte)) access.strobe |= static_cast<std::uint8_t>(1u << byte);
    return access;
  }
  /// What was read, as far as its bytes are enabled.
  void put(unsigned word, std::uint32_t data) {
    unsigned char bytes[kWordBytes];
    std::memcpy(bytes, &data, kWordBytes);
    for (unsigned byte = 0; byte < kWordBytes; ++byte)
      if (enabled(word * kWordBytes + byte))
        transaction_.get_data_ptr()[word * kWordBytes + byte] = bytes[byte];
  }

 private:
  static constexpr std::uint64_t kLast = 0xFFFFFFFF;  ///< byte that can be addressed

  bool enabled(unsigned byte) const {
    const unsigned char* enables = transaction_.get_byte_enable_ptr();
    return enables == nullptr ||
           enables[byte % transaction_.get_byte_enable_length()] == TLM_BYTE_ENABLED;
  }

  tlm_generic_payload& transaction_;
};

tlm_response_status response_of(const BusAccess& access, Status status) {
  switch (status) {
    case Status::bad_length:
      return access.address % kWordBytes != 0 ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                              : tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    case Status::ok:
      return tlm::TLM_OK_RESPONSE;
    case Status::bad_address:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    case Status::read_only:
      return tlm::TLM_COMMAND_ERROR_RESPONSE;
    default:
      return tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
}

void tell(tlm_generic_payload& transaction, std::uint8_t code, std::uint32_t done) {
  auto* status = transaction.get_extension<BusStatus>();
  if (status == nullptr) return;
  status->code = code;
  status->done = done;
}

}  // namespace

const char* BusStatus::name() const { return to_string(static_cast<Status>(code)).data(); }

/// It never runs ahead: the annotated time passes first, and then each word takes its cycles.
void ChipPins::b_transport(tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  transaction.set_dmi_allowed(false);
  one_at_a_time_.lock();
  transaction.set_response_status(transfer(transaction));
  one_at_a_time_.unlock();
}

tlm_response_status ChipPins::transfer(tlm_generic_payload& transaction) {
  if (transaction.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
  Words words(transaction);
  if (const auto wrong = words.check(); wrong != tlm::TLM_OK_RESPONSE) {
    const bool nowhere = wrong == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    tell(transaction, static_cast<std::uint8_t>(nowhere ? Status::bad_address : Status::bad_length),
         0);
    return wrong;
  }
  for (unsigned word = 0; word < words.count(); ++word) {
    const BusAccess access = words.access(word);
    if (access.strobe == 0) continue;
    const BusAnswer answer = wait_for(access);
    tell(transaction, answer.status, answer.status == 0 ? words.count() : word);
    if (answer.status != 0) return response_of(access, static_cast<Status>(answer.status));
    if (transaction.is_read()) words.put(word, answer.data);
  }
  return tlm::TLM_OK_RESPONSE;
}

/// During a reset the access waits; a reset that comes meanwhile ends it, as refused.
BusAnswer ChipPins::wait_for(const BusAccess& word) {
  std::uint64_t at = catch_up();
  while (!running_) {
    sc_core::wait(over_);
    at = catch_up();
  }
  accessing_ = true;
  aborted_ = false;
  access(at, word);
  if (own_clock()) {
    wake_up();
  } else {
    due_ = due_edge();
  }
  while (accessing_) sc_core::wait(over_);
  if (aborted_) return {static_cast<std::uint8_t>(Status::refused), 0};
  return answer_;
}

/// The chip has done all cycles up to now. Returns the one that the next edge ends: an edge of this
/// time has passed, also if its process has still to run.
std::uint64_t ChipPins::catch_up() {
  if (own_clock()) {
    edges_ = edges_so_far();
    pass(edges_);
    return passed_ - first_;
  }
  pass(edges_);
  const bool to_be_counted = clk->posedge() && counted_delta_ != sc_core::sc_delta_count();
  return passed_ - first_ + (to_be_counted ? 1 : 0);
}

void ChipPins::answer(const BusAnswer& answer) {
  answer_ = answer;
  accessing_ = false;
  over_.notify(sc_core::SC_ZERO_TIME);
}

void ChipPins::abort_access() {
  aborted_ = accessing_;
  accessing_ = false;
  over_.notify(sc_core::SC_ZERO_TIME);
}

unsigned ChipPins::transport_dbg(tlm_generic_payload& transaction) {
  Words words(transaction);
  const bool known = transaction.is_read() || transaction.is_write();
  if (!known || words.check() != tlm::TLM_OK_RESPONSE) return 0;
  catch_up();
  unsigned done = 0;
  for (; running_ && done < words.count(); ++done) {
    BusAccess access = words.access(done);
    if (access.strobe != 0 && !access_now(access)) break;
    if (transaction.is_read()) words.put(done, access.data);
  }
  if (own_clock()) {
    wake_up();
  } else {
    due_ = due_edge();
  }
  return done * kWordBytes;
}

}  // namespace spikemesh::systemc

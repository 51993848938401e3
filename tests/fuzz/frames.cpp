// SPDX-License-Identifier: Apache-2.0
// Bytes on the link, whatever they are: the host's decoder and the bridge of the model take the
// same frames for good, and every reply of the bridge is one that the host understands.
#include <cstdint>
#include <utility>
#include <vector>

#include "model/link/bridge.hpp"
#include "refused.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/link/frame.hpp"

using namespace spikemesh;

namespace {

/// The chip's end: a bridge whose bus answers at once, some words with a refusal.
class Chip {
 public:
  explicit Chip(const spec::Build& build) : bridge_(build) {}

  /// Takes one byte and runs until the next can be taken; replies go to `host`.
  void take(std::uint8_t byte) {
    step({byte, {}, true, false});
    while (!bridge_.receiving()) {
      model::Bridge::Inputs inputs;
      inputs.quiet = true;
      if (bridge_.requesting()) inputs.answer = answer(bridge_.request());
      if (bridge_.offers()) {
        if (host_.push(bridge_.offer())) replies_.push_back(reply_of(host_.content()));
        inputs.accepted = true;
      }
      step(inputs);
    }
  }
  std::uint32_t frames() const { return bridge_.frames(); }
  std::vector<Reply> take_replies() { return std::exchange(replies_, {}); }
  void check_end() const { fuzz::need(host_.bad_frames() == 0, "every reply is a good frame"); }

 private:
  void step(const model::Bridge::Inputs& inputs) { bridge_.commit(cycle_++, inputs); }
  static model::BusAnswer answer(const model::BusRequest& request) {
    const bool refused = request.address % 7 == 3;
    return {refused ? spec::Status::bad_address : spec::Status::ok,
            refused         ? 0
            : request.write ? request.data
                            : 0xc0dbdcdd ^ request.address};
  }
  static Reply reply_of(std::span<const std::uint8_t> content) {
    const std::optional<Reply> reply = parse_reply(content);
    fuzz::need(reply.has_value(), "the host understands every reply");
    return *reply;
  }

  model::Bridge bridge_;
  FrameDecoder host_;
  std::vector<Reply> replies_;
  std::uint64_t cycle_ = 0;
};

/// What the host would have sent is what the decoder found.
void check_request(std::span<const std::uint8_t> content, const std::vector<Reply>& replies) {
  fuzz::need(replies.size() == 1, "a good frame has one reply");
  const std::optional<Request> request = parse_request(content);
  if (!request) {
    fuzz::need(replies[0].status != spec::Status::ok, "no request is done that is none");
    return;
  }
  fuzz::need(replies[0].sequence == request->sequence, "a reply has its request's number");
  FrameDecoder decoder;
  bool whole = false;
  for (const std::uint8_t byte : encode(*request)) whole = decoder.push(byte);
  fuzz::need(whole, "a request that is encoded again is a frame");
  fuzz::need(parse_request(decoder.content()) == request, "what is encoded is decoded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Chip chip(load_build("tiny"));
  FrameDecoder decoder;
  std::uint32_t good = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const bool whole = decoder.push(data[i]);
    chip.take(data[i]);
    const std::vector<Reply> replies = chip.take_replies();
    good += whole ? 1 : 0;
    fuzz::need(chip.frames() == good, "host and chip take the same frames for good");
    if (whole) {
      check_request(decoder.content(), replies);
      (void)parse_reply(decoder.content());
    }
    fuzz::need(whole || replies.empty(), "nothing is answered that is no frame");
  }
  chip.check_end();
  return 0;
}

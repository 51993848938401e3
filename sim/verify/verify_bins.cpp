// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_bins.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::string_view kDeep =
    "cases of default, ecp5, tiny or a covering build of DelayMax 15";
constexpr std::string_view kMesh = "cases of builds with more than one tile";
constexpr std::string_view kTall = "cases of builds with more than one row";
constexpr std::string_view kWide = "cases of builds with more than one column";
constexpr std::string_view kPins = "cases over pins, one in five";
constexpr std::string_view kDelivered = "a synapse delivered with this delay";

constexpr std::array<BinInfo, kBins> kInfo{{
    {Bin::reset_to_value, "reset to v_reset", "a neuron that is reset to v_reset fired", ""},
    {Bin::reset_by_subtraction, "reset by subtraction",
     "a neuron that is reset by subtraction fired", ""},
    {Bin::refractory, "refractory", "a refractory neuron was held", ""},
    {Bin::adaptation, "adaptation", "a spike raised an adaptive threshold", ""},
    {Bin::adaptation_decay, "adaptation decay", "a due decay changed an adaptive threshold", ""},
    {Bin::saturated_i, "saturated I", "a current was clipped", ""},
    {Bin::saturated_v, "saturated V", "a potential was clipped", ""},
    {Bin::saturated_adaptation, "saturated adaptation", "an adaptive threshold was clipped", ""},
    {Bin::sleep, "sleep", "a core had no Update in a step", ""},
    {Bin::wake, "wake", "a core had an Update in a step after one without", ""},
    {Bin::visit_all, "visit all", "an Update visited every group", ""},
    {Bin::visit_some, "visit some", "an Update visited some groups and left others out", ""},
    {Bin::delay_1, "delay 1", kDelivered, ""},
    {Bin::delay_2, "delay 2", kDelivered, ""},
    {Bin::delay_3, "delay 3", kDelivered, ""},
    {Bin::delay_4, "delay 4", kDelivered, ""},
    {Bin::delay_5, "delay 5", kDelivered, ""},
    {Bin::delay_6, "delay 6", kDelivered, ""},
    {Bin::delay_7, "delay 7", kDelivered, ""},
    {Bin::delay_8, "delay 8", kDelivered, kDeep},
    {Bin::delay_9, "delay 9", kDelivered, kDeep},
    {Bin::delay_10, "delay 10", kDelivered, kDeep},
    {Bin::delay_11, "delay 11", kDelivered, kDeep},
    {Bin::delay_12, "delay 12", kDelivered, kDeep},
    {Bin::delay_13, "delay 13", kDelivered, kDeep},
    {Bin::delay_14, "delay 14", kDelivered, kDeep},
    {Bin::delay_15, "delay 15", kDelivered, kDeep},
    {Bin::fanout_tiles, "fan-out to tiles", "a neuron fired whose list reaches two tiles or more",
     kMesh},
    {Bin::same_axon_twice, "same axon twice", "an axon got two packets in a step", ""},
    {Bin::plastic_axon_twice, "plastic axon twice",
     "two packets of a step on one plastic axon changed a weight each", ""},
    {Bin::full_local, "full local", "a case filled a router's input buffer from its core", ""},
    {Bin::full_north, "full north", "a case filled a router's input buffer from the north", kTall},
    {Bin::full_east, "full east", "a case filled a router's input buffer from the east", kWide},
    {Bin::full_south, "full south", "a case filled a router's input buffer from the south", kTall},
    {Bin::full_west, "full west", "a case filled a router's input buffer from the west", ""},
    {Bin::full_core, "full core", "a case filled a core's input buffer", ""},
    {Bin::full_host, "full host", "a case filled the host tile's input buffer", ""},
    {Bin::ring_in_wrap, "ring-in wrap", "an entry was taken after the spike-in ring had wrapped",
     ""},
    {Bin::ring_out_wrap, "ring-out wrap", "an entry entered after the spike-out ring had wrapped",
     ""},
    {Bin::ring_out_stall, "ring-out stall",
     "cycles that a spike waited for the spike-out ring (policy stall)", ""},
    {Bin::ring_out_lost, "ring-out lost", "entries overwritten (policy overwrite)", ""},
    {Bin::inject_stall, "inject stall", "cycles that a host spike waited for the mesh", ""},
    {Bin::held_step, "held step",
     "a hold entry kept a step open, with nothing behind it in the ring", ""},
    {Bin::held_reset, "held reset", "a reset freed a chip whose step was held", ""},
    {Bin::free_running, "free-running", "a step followed another with PERIOD 0", ""},
    {Bin::fixed_period, "fixed period", "a step began exactly PERIOD cycles after another", ""},
    {Bin::paused, "paused", "a run stopped by PAUSE before its end, and went on to it", ""},
    {Bin::stretched, "stretched", "steps that began later than PERIOD allows", ""},
    {Bin::late_entry, "late entry", "spike-in entries whose step had passed", ""},
    {Bin::bad_entry, "bad entry", "spike-in entries for no tile, axon or kind", ""},
    {Bin::clear_membrane, "clear membrane", "a sweep of V, I, refractory counts and accumulators",
     ""},
    {Bin::clear_trace, "clear trace", "a sweep of traces", ""},
    {Bin::clear_adaptation, "clear adaptation", "a sweep of adaptive thresholds", ""},
    {Bin::soft_reset, "soft reset", "a sweep of everything after the one of power-on", ""},
    {Bin::depressed, "depressed", "a pre spike lowered a weight", ""},
    {Bin::depressed_upwards, "anti-depressed", "a pre spike raised a weight", ""},
    {Bin::potentiated, "potentiated", "a post spike raised a weight", ""},
    {Bin::potentiated_downwards, "anti-potentiated", "a post spike lowered a weight", ""},
    {Bin::soft_up, "soft up", "a rule with soft bounds raised a weight", ""},
    {Bin::soft_down, "soft down", "a rule with soft bounds lowered a weight", ""},
    {Bin::clip_min, "clip to w_min", "a weight was clipped to w_min", ""},
    {Bin::clip_max, "clip to w_max", "a weight was clipped to w_max", ""},
    {Bin::rule_0, "rule 0", "rule 0 changed a weight", ""},
    {Bin::rule_1, "rule 1", "rule 1 changed a weight", ""},
    {Bin::rule_2, "rule 2", "rule 2 changed a weight", ""},
    {Bin::rule_3, "rule 3", "rule 3 changed a weight", ""},
    {Bin::same_step, "same step", "a potentiation whose axon was hit in the same step", ""},
    {Bin::own_input, "own input", "a potentiation of an axon that the neuron itself drives", ""},
    {Bin::learn_phase, "learn phase", "a Learn phase", ""},
    {Bin::weight_written, "weight written",
     "the host wrote the weight of a plastic synapse between steps", ""},
    {Bin::status_ok, "reply ok", "replies with this status", ""},
    {Bin::status_bad_command, "reply bad_command", "replies with this status", ""},
    {Bin::status_bad_length, "reply bad_length", "replies with this status", ""},
    {Bin::status_bad_address, "reply bad_address", "replies with this status", ""},
    {Bin::status_bad_value, "reply bad_value", "replies with this status", ""},
    {Bin::status_running, "reply running", "replies with this status", ""},
    {Bin::status_refused, "reply refused", "replies with this status", ""},
    {Bin::status_read_only, "reply read_only", "replies with this status", ""},
    {Bin::port_ok, "port ok", "the word port answered with this status", ""},
    {Bin::port_bad_length, "port bad_length", "the word port answered with this status", ""},
    {Bin::port_bad_address, "port bad_address", "the word port answered with this status", ""},
    {Bin::port_bad_value, "port bad_value", "the word port answered with this status", ""},
    {Bin::port_running, "port running", "the word port answered with this status", ""},
    {Bin::port_refused, "port refused", "the word port answered with this status", ""},
    {Bin::port_read_only, "port read_only", "the word port answered with this status", ""},
    {Bin::port_window, "port window", "the word port answered an access to a tile with ok", ""},
    {Bin::port_fence, "port fence", "a read of FENCE found the chip quiet", ""},
    {Bin::port_behind_link, "port behind link",
     "the bus took an access of the word port right behind one of the link", ""},
    {Bin::link_behind_port, "link behind port",
     "the bus took an access of the link right behind one of the word port", ""},
    {Bin::pending_run_done, "pending run_done", "the word port read IRQ_PENDING with this bit", ""},
    {Bin::pending_spikes, "pending spikes", "the word port read IRQ_PENDING with this bit", ""},
    {Bin::pending_error, "pending error", "the word port read IRQ_PENDING with this bit", ""},
    {Bin::irq_rises, "irq rises", "the interrupt output rose", ""},
    {Bin::irq_falls, "irq falls", "the interrupt output fell", ""},
    {Bin::bad_frame, "bad frame", "frames that the chip dropped", ""},
    {Bin::rx_overflow, "rx overflow", "bytes dropped because the receive buffer was full", kPins},
    {Bin::framing_error, "framing error", "bytes dropped because their stop bit was low", kPins},
    {Bin::tx_pins, "tx over pins", "cases in which the tx pin moved", kPins},
}};

/// A bin that is left out, or stands in another place than in the enum, would get another's name.
constexpr bool in_order() {
  for (std::size_t i = 0; i < kBins; ++i) {
    if (kInfo[i].bin != static_cast<Bin>(i)) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const std::array<BinInfo, kBins> kBinInfo = kInfo;

}  // namespace spikemesh::sim

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every random choice of the stimulus, with its name: which edges a random chip takes, and how
// often. A chance is in percent; a table gives each way its share of the sum.

#include <array>
#include <cstdint>

#include "sim/stimulus/limits.hpp"
#include "sim/stimulus/random.hpp"
#include "sim/stimulus/random_chip.hpp"

namespace spikemesh::sim {

// ---------------------------------------------------------------------------------------------
// The chip

inline constexpr std::array kMoods{Share{Mood::usual, 3}, Share{Mood::dense, 1},
                                   Share{Mood::quiet, 3}, Share{Mood::recorded, 1}};
inline constexpr unsigned kLearns = 70;

enum class FirstStep : std::uint8_t { zero, low_word_wraps, anywhere };
inline constexpr std::array kFirstSteps{Share{FirstStep::zero, 64},
                                        Share{FirstStep::low_word_wraps, 16},
                                        Share{FirstStep::anywhere, 20}};

// ---------------------------------------------------------------------------------------------
// Memories

/// A value of the width of V.
enum class Level : std::uint8_t { small, usual, anywhere, extreme };
inline constexpr std::array kLevels{Share{Level::usual, 70}, Share{Level::anywhere, 20},
                                    Share{Level::extreme, 10}};
inline constexpr std::array kQuietLevels{Share{Level::small, 950}, Share{Level::usual, 35},
                                         Share{Level::anywhere, 10}, Share{Level::extreme, 5}};

enum class DecayFactor : std::uint8_t { zero, one, near_one, anywhere };
inline constexpr std::array kDecays{Share{DecayFactor::zero, 1}, Share{DecayFactor::one, 1},
                                    Share{DecayFactor::near_one, 1},
                                    Share{DecayFactor::anywhere, 1}};
/// Zero and one change nothing for long.
inline constexpr std::array kQuietDecays{Share{DecayFactor::zero, 19}, Share{DecayFactor::one, 19},
                                         Share{DecayFactor::near_one, 1},
                                         Share{DecayFactor::anywhere, 1}};

enum class Refractory : std::uint8_t { none, few, longest };
inline constexpr std::array kRefractory{Share{Refractory::none, 20}, Share{Refractory::few, 19},
                                        Share{Refractory::longest, 1}};

/// Chances that depend on what the network is like.
struct MoodChances {
  Mood mood;
  unsigned biased;       ///< a neuron has a bias
  unsigned labelled;     ///< a fan-out entry goes to the host
  unsigned to_one_tile;  ///< of the others, an entry goes to the last tile
  unsigned low_gain;     ///< below 4
  unsigned small_weight;
  unsigned current_decays;  ///< at once: a current that stays would never rest
};
inline constexpr std::array<MoodChances, 4> kMoodChances{{
    {Mood::usual, 40, 15, 0, 80, 70, 0},
    {Mood::dense, 80, 40, 70, 80, 70, 0},
    {Mood::recorded, 95, 90, 70, 80, 70, 0},
    {Mood::quiet, 1, 15, 0, 98, 98, 99},
}};
constexpr const MoodChances& chances_of(Mood mood) {
  return kMoodChances[static_cast<std::size_t>(mood)];
}
static_assert(chances_of(Mood::usual).mood == Mood::usual);
static_assert(chances_of(Mood::dense).mood == Mood::dense);
static_assert(chances_of(Mood::recorded).mood == Mood::recorded);
static_assert(chances_of(Mood::quiet).mood == Mood::quiet);

inline constexpr unsigned kNeuronAtEnd = 20, kAxonAtEnd = 10;  ///< the last of the memory
inline constexpr unsigned kListAtEnd = 5, kRowAtEnd = 5;       ///< so that it wraps around
inline constexpr unsigned kLongList = 5, kLongRow = 5;
inline constexpr std::uint32_t kLongestRow = 160;  ///< of these
inline constexpr unsigned kUnstoredBits = 5;    ///< a row's first group has bits above its memory
inline constexpr unsigned kAxonWithoutRow = 5;  ///< of those that a fan-out entry names
inline constexpr unsigned kResetToZero = 70, kAdapts = 50;
inline constexpr unsigned kEmptySynapse = 20, kEmptyIsZero = 50;
inline constexpr unsigned kTargetKnown = 80, kTargetTooHigh = 10;
inline constexpr unsigned kStateOfTile = 50, kStateOfNeuron = 30;
inline constexpr unsigned kAdaptLow = 50, kAdaptHigh = 20;
inline constexpr unsigned kClippedAdaptation = 25;

// ---------------------------------------------------------------------------------------------
// Fields at the limits of the build

inline constexpr unsigned kLimitsLeast = 8, kLimitsMore = 8;  ///< of a tile
inline constexpr std::array kLimitShares{Share{Limit::zero, 1}, Share{Limit::one, 2},
                                         Share{Limit::largest, 3}, Share{Limit::beyond, 3},
                                         Share{Limit::smallest, 2}};
/// Entries of rows and lists: any number of short ones, in a crowded mesh shorter, and one long.
inline constexpr std::uint32_t kShortWalk = 600, kCrowdedWalk = 64;
inline constexpr unsigned kLongWalk = 15;

// ---------------------------------------------------------------------------------------------
// Entries of the spike-in ring

inline constexpr unsigned kLateSpike = 3, kClear = 8, kLearningEntry = 8;
inline constexpr unsigned kOddKind = 3, kOddKindAmongSpikes = 2, kClearAfterSpike = 2, kHold = 4;
inline constexpr unsigned kQuietStep = 95;  ///< no spike, in a quiet network
inline constexpr unsigned kBadSpike = 6, kBadByAxon = 50;
inline constexpr unsigned kAxonHasRow = 90;

enum class SpikesOfStep : std::uint8_t { few, some, burst };
inline constexpr std::array kSpikesOfStep{
    Share{SpikesOfStep::few, 77}, Share{SpikesOfStep::some, 19}, Share{SpikesOfStep::burst, 4}};
inline constexpr std::array kBursts{Share{std::uint64_t{13}, 1}, Share{std::uint64_t{60}, 1}};

// ---------------------------------------------------------------------------------------------
// The run

/// Chips of a case, with a soft reset between two.
inline constexpr std::array kRounds{Share{1u, 45}, Share{2u, 35}, Share{3u, 20}};

inline constexpr unsigned kShortAdaptPeriod = 70;
enum class Period : std::uint8_t { free_running, kept, too_short };
inline constexpr std::array kPeriods{Share{Period::free_running, 50}, Share{Period::kept, 40},
                                     Share{Period::too_short, 10}};
inline constexpr unsigned kStalls = 60;             ///< the policy of a full spike-out ring
inline constexpr unsigned kRecordedUnstalled = 70;  ///< as many spikes as can be, and none waits
/// A ring of a few entries is seldom filled in time: most chips have no more than it holds.
inline constexpr unsigned kEntriesFitRing = 60;

// ---------------------------------------------------------------------------------------------
// Learning

inline constexpr unsigned kTileLearns = 85, kRuleUsed = 40, kAxonLearns = 70, kNeuronLearns = 70;
inline constexpr unsigned kTraceSet = 30;
enum class Amplitude : std::uint8_t { small, extreme, usual };
inline constexpr std::array kAmplitudes{Share{Amplitude::small, 1}, Share{Amplitude::extreme, 1},
                                        Share{Amplitude::usual, 2}};
inline constexpr unsigned kLowest = 50;    ///< of two extremes
inline constexpr unsigned kNoTarget = 50;  ///< x_target is zero
inline constexpr unsigned kBoundsSwapped = 5, kBoundsOfFormat = 50;
inline constexpr unsigned kNoSuchWord = 10;  ///< a word that a rule does not have is written
inline constexpr unsigned kFactorOneFirst = 50, kFactorFalls = 90;
enum class TraceAge : std::uint8_t { recent, end_of_table, anywhere };
inline constexpr std::array kTraceAges{Share{TraceAge::recent, 2}, Share{TraceAge::end_of_table, 1},
                                       Share{TraceAge::anywhere, 1}};
inline constexpr unsigned kShortFanin = 90, kRuleOfAxon = 80;
inline constexpr unsigned kOwnInput = 40;  ///< an axon that the neuron itself drives
inline constexpr unsigned kFullList = 10;  ///< of a tile: one lane has a single list, which wraps
inline constexpr std::uint32_t kFullListMost = 2048;  ///< entries of such a lane
inline constexpr unsigned kListEdge = 10;  ///< a list or a word of one at a limit of its memory

// ---------------------------------------------------------------------------------------------
// The link

inline constexpr unsigned kNoGaps = 50,
                          kNoStutter = 50;  ///< bytes back to back, a host that takes all
inline constexpr unsigned kShortGap = 90, kShortStutter = 90;
inline constexpr unsigned kEscapeAtEnd = 20, kEscapeTwoBytes = 50;
inline constexpr unsigned kGlitch = 50;  ///< else a broken byte or a break

}  // namespace spikemesh::sim

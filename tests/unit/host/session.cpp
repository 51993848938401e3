// SPDX-License-Identifier: Apache-2.0
#include "sim/run/session.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <vector>

#include "spikemesh/build.hpp"

using namespace spikemesh;
using namespace spikemesh::sim;

namespace {

const spec::Build kTiny = spec::kBuilds[2].build;

Network driven() {
  Network network(1.0);
  network.add_input("in", 4, {std::int64_t{2}});
  network.add_neurons("out", 5, RawNeurons{.theta = 100, .decay_i = 2000, .decay_v = 3900});
  network.connect_all_to_all(0, 1, 30);
  network.record(1);
  return network;
}

/// Over several tiles; some of its rows learn, the others are short.
Network learning_loop() {
  Network network(1.0);
  const auto rule = network.add(LearningRule{.name = "stdp",
                                             .tau_pre_ms = 20,
                                             .tau_post_ms = 20,
                                             .a_plus = 0.4,
                                             .a_minus = -0.3,
                                             .w_min = 0,
                                             .w_max = 60});
  const auto in = network.add_input("in", 40);
  const auto out =
      network.add_neurons("out", 300, RawNeurons{.theta = 100, .decay_i = 2000, .decay_v = 3900});
  const auto loop =
      network.add_neurons("loop", 500, RawNeurons{.theta = 90, .decay_i = 2000, .decay_v = 3900});
  network.set_rule(network.connect_fixed_probability(in, out, 0.3, 20, 1), rule);
  network.connect_fixed_probability(out, loop, 0.02, 15, 2, 2);
  network.connect_fixed_probability(loop, out, 0.02, 15, 3);
  network.record(out);
  network.min_tiles = 9;
  return network;
}

Source poisson() {
  Source source;
  source.population = "in";
  source.rate_hz = 120;
  return source;
}

SessionOptions options_of(std::optional<Executor> executor) {
  SessionOptions options;
  options.executor = executor;
  options.config = "tiny";
  return options;
}

RunRequest request_of(std::uint64_t steps, bool go_on = false) {
  RunRequest request;
  request.steps = steps;
  request.go_on = go_on;
  request.sources = {poisson()};
  request.record = {"v:out"};
  return request;
}

/// Of a run.
struct Outcome {
  std::vector<SpikeRow> spikes;
  std::vector<std::int32_t> states, weights;
  std::vector<MachineStats::Tile> tiles;
  bool operator==(const Outcome&) const = default;
};

template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("session: reference and model give the same run, recordings and counters") {
  Session reference(options_of(std::nullopt)), model(options_of(Executor::model));
  RunResult results[2];
  for (int i = 0; i < 2; ++i) {
    Session& session = i == 0 ? reference : model;
    session.load(driven(), MapOptions{});
    results[i] = session.run(session.plan(request_of(300)), true);
    REQUIRE(results[i].stats);
    CHECK(results[i].why.empty());
    CHECK(results[i].stats->total(spec::Counter::spikes) == results[i].spikes.size());
  }
  CHECK(results[0].spikes.size() > 20);
  CHECK(results[0].spikes == results[1].spikes);
  CHECK(results[0].traces.at(0).trace.values == results[1].traces.at(0).trace.values);
  CHECK(results[0].stats->cycles == 0);
  CHECK(results[1].stats->cycles > 300);
}

TEST_CASE("session: any number of threads gives the same spikes, weights, states and counters") {
  std::vector<Outcome> outcomes;
  for (const std::uint32_t threads : {1u, 2u, 3u, 7u, 64u}) {
    SessionOptions options;
    options.threads = threads;
    Session session(options);
    session.load(learning_loop(), MapOptions{});
    RunRequest request;
    request.steps = 300;
    request.sources = {poisson()};
    const RunResult result = session.run(session.plan(request), true);
    REQUIRE(result.stats);
    CHECK(result.stats->total(spec::Counter::weight_updates) > 1000);
    outcomes.push_back({result.spikes, session.state("out", Quantity::v),
                        session.synapses("in", "out").weights, result.stats->tiles});
  }
  CHECK(outcomes.front().spikes.size() > 1000);
  for (const Outcome& outcome : outcomes) CHECK(outcome == outcomes.front());
  SessionOptions options = options_of(Executor::model);
  options.threads = 2;
  CHECK(error_of([&] { Session model(options); }) ==
        "threads 2: only the reference has threads, where it has no management core; leave it out");
}

TEST_CASE("session: a run in pieces is the run, with its sources and recordings") {
  Session session(options_of(Executor::model));
  session.load(driven(), MapOptions{});
  const RunResult whole = session.run(session.plan(request_of(120, true)), false);
  session.load(driven(), MapOptions{});
  std::vector<SpikeRow> spikes;
  std::vector<std::int32_t> values;
  for (std::uint64_t first = 0; first < 120; first += 8) {
    RunResult piece = session.run(session.plan(request_of(8, true)), false);
    for (SpikeRow& row : piece.spikes) {
      row.step += first;
      spikes.push_back(row);
    }
    const auto& part = piece.traces.at(0).trace.values;
    values.insert(values.end(), part.begin(), part.end());
  }
  CHECK(spikes == whole.spikes);
  CHECK(values == whole.traces.at(0).trace.values);
}

TEST_CASE("session: sources that are made on the way give the spikes of those made before") {
  Network network(1.0);
  network.add_input("in", 60, {std::int64_t{3}});
  network.add_neurons("out", 4, RawNeurons{.theta = 3000, .decay_v = 4000});
  network.connect_all_to_all(0, 1, 90);
  network.record(1);
  RunRequest made;
  made.steps = 20'000;
  made.samples = 2;
  made.sources = {poisson(), poisson()};
  made.inputs = {{0, 7, "in", 3, 1, 0}, {1, 19'999, "in", 59, 1, 0}};
  RunRequest held = made;
  held.sources.clear();
  for (const SpikeRow& row : SourceSpikes().make(made.sources, network, {}, 20'000, 2, 1))
    held.inputs.push_back(row);
  CHECK(held.inputs.size() > 2 << 17);  // of which a piece has half
  std::vector<SpikeRow> spikes[2];
  for (const RunRequest* request : {&made, &held}) {
    Session session(options_of(std::nullopt));
    session.load(network, MapOptions{});
    const RunResult result = session.run(session.plan(*request), true);
    CHECK(result.input_spikes == held.inputs.size());
    spikes[request == &held] = result.spikes;
  }
  CHECK(spikes[0].size() > 1000);
  CHECK(spikes[0] == spikes[1]);
}

TEST_CASE("session: sources that make more spikes than are declared are refused before the run") {
  Network network = driven();  // takes 2 spikes of an input in a step
  Session session(options_of(Executor::model));
  session.load(network, MapOptions{});
  RunRequest request = request_of(5000);
  request.sources = {poisson(), poisson(), poisson()};
  CHECK(error_of([&] { session.plan(request); }).find("3 spikes of neuron") != std::string::npos);
  CHECK(session.step() == 0);
}

TEST_CASE("session: a run that is ended keeps what it had, and the network must be loaded again") {
  for (const std::optional<Executor> executor :
       {std::optional<Executor>(), std::optional(Executor::model)}) {
    bool stop = false;
    SessionOptions options = options_of(executor);
    options.progress = [&](std::string_view unit, std::uint64_t done, std::uint64_t) {
      if (stop && unit == "steps" && done >= 64) throw std::runtime_error("enough");
    };
    Session session(options);
    session.load(driven(), MapOptions{});
    const RunResult whole = session.run(session.plan(request_of(2000)), true);
    session.load(driven(), MapOptions{});
    stop = true;
    const RunResult part = session.run(session.plan(request_of(2000)), true);
    CHECK(part.why == "enough");
    CHECK(part.failure != nullptr);
    CHECK(part.steps >= 64);
    CHECK(part.steps < 2000);
    CHECK(part.spikes.size() > 3);
    CHECK(std::equal(part.spikes.begin(), part.spikes.end(), whole.spikes.begin()));
    CHECK(whole.spikes.at(part.spikes.size()).step >= part.steps);
    CHECK(part.traces.at(0).trace.values.size() == 5 * part.steps);
    REQUIRE(part.stats);
    CHECK(part.stats->total(spec::Counter::spikes) == part.spikes.size());
    CHECK(session.state("out", Quantity::v).size() == 5);
    CHECK(error_of([&] { session.plan(request_of(1)); }) ==
          "the last run ended early: load the network again");
  }
}

TEST_CASE("session: steps of a period begin a period apart, longer ones are counted, spikes stay") {
  SessionOptions options = options_of(Executor::model);
  options.activity = true;
  options.config =
      "default";  // whose rings hold all of the run, so that no step waits for the host
  RunRequest request = request_of(60);
  request.record.clear();
  struct Paced {
    RunResult result;
    std::vector<std::uint64_t> cycles;  ///< of each step
    std::uint64_t span = 0;             ///< from the begin of the first to the end of the last
  };
  const auto run = [&](std::uint64_t period) {
    Session session(options);
    session.load(driven(), MapOptions{});
    request.period = static_cast<std::uint32_t>(period);
    Paced paced{session.run(session.plan(request), true), {}};
    for (const Activity::Window& each : paced.result.activity->windows)
      paced.cycles.push_back(each.cycles);
    const model::Activity whole = session.activity().value();
    paced.span = whole.end - whole.begin;
    return paced;
  };
  const Paced free = run(0);
  REQUIRE(free.cycles.size() == 60);
  std::vector<std::uint64_t> sorted = free.cycles;
  std::sort(sorted.begin(), sorted.end());
  for (const std::uint64_t period : {sorted[0], sorted[30], sorted[59], sorted[59] + 100}) {
    CAPTURE(period);
    const Paced paced = run(period);
    std::uint64_t longer = 0, begin = 0;  // of the last step
    for (std::size_t i = 0; i + 1 < free.cycles.size(); ++i) {
      begin += std::max(free.cycles[i], period);
      longer += free.cycles[i] > period;
    }
    CHECK(paced.cycles == free.cycles);
    CHECK(paced.span == begin + free.cycles.back());
    CHECK(paced.result.stats->stretched == longer);
    CHECK(paced.result.spikes == free.result.spikes);
  }
  Session reference(options_of(std::nullopt));
  reference.load(driven(), MapOptions{});
  CHECK(error_of([&] { reference.plan(request); }) ==
        fmt::format("period: {}, but the reference has no clock; choose another executor",
                    request.period));
}

TEST_CASE("session: what a run cannot do is refused before it, and changes nothing") {
  Session session(options_of(Executor::model));
  CHECK(error_of([&] { session.plan(request_of(1)); }) ==
        "the machine holds no network: load one first");
  session.load(driven(), MapOptions{});
  const auto refused = [&](auto change) {
    RunRequest request = request_of(10);
    change(request);
    return error_of([&] { session.plan(request); });
  };
  CHECK(refused([](RunRequest& r) { r.steps = 0; }) ==
        "steps 0, samples 1, but both are at least 1");
  CHECK(refused([](RunRequest& r) { r.steps = kMostSteps + 1; }).starts_with("steps 10995"));
  CHECK(refused([](RunRequest& r) { r.learning = true; }).starts_with("learning: no projection"));
  CHECK(refused([](RunRequest& r) { r.record = {"v:out@11"}; }).starts_with("record v:out@11: "));
  CHECK(refused([](RunRequest& r) {
          r.inputs = {{2, 0, "in", 0, 1, 0}}, r.samples = 2;
        }).starts_with("samples 2: inputs has sample 2, too"));
  CHECK(refused([](RunRequest& r) {
          for (std::uint32_t i = 0; i < 4; ++i) r.inputs.push_back({0, 3, "in", i, 2, 7 + i});
          r.inputs_name = "in.csv";
        }) == "no error");
  CHECK(session.step() == 0);
  CHECK(kTiny.ring_in >= 8);
}

TEST_CASE("session: a program of the management core that cannot run the samples is refused") {
  Network network = driven();
  network.early_exit = {.population = "out", .margins = {{1, 2}}};
  const Mapped mapped = map_network(network, load_build("tiny"), MapOptions{});
  const auto refused = [&](bool has_core, auto change) {
    RunRequest request = request_of(10);
    request.record.clear();
    change(request);
    return error_of([&] {
      plan_run(request, {network, mapped, true, has_core}, SourceSpikes{}, OptionStyle{});
    });
  };
  const auto same = [](RunRequest&) {};
  CHECK(refused(true, same) == "no error");
  CHECK(refused(false, [](RunRequest& r) { r.firmware = false; }) == "no error");
  CHECK(refused(false, same) ==
        "/firmware: the machine has no management core; make it with management_core, or run "
        "without the program (firmware = False)");
  CHECK(refused(true, [](RunRequest& r) {
          r.clear = Clear::none;
        }).starts_with("/firmware: each of its samples begins with a clear; use clear \"all\""));
  CHECK(refused(true, [](RunRequest& r) {
          r.go_on = true;
        }).starts_with("/firmware: each of its samples begins with a clear; use run_samples"));
  CHECK(refused(true, [](RunRequest& r) {
          r.record = {"v:out"};
        }).starts_with("/firmware: only spikes can be recorded"));
  CHECK(refused(true, [](RunRequest& r) {
          r.steps = std::uint64_t{1} << 31;
        }).starts_with("/firmware: a sample has at most 1073741824 steps"));
  network.early_exit->population = "aut";
  CHECK(refused(true, same) ==
        "/firmware/settings/population: \"aut\" is no population of neurons");
}

TEST_CASE("session: a management core is refused where there is none") {
  const auto refused = [](auto change) {
    SessionOptions options = options_of(Executor::model);
    options.management_core = true;
    change(options);
    return error_of([&] { Session{options}; });
  };
  CHECK(refused([](SessionOptions& o) {
          o.executor.reset();
          o.threads = 2;
        }) ==
        "threads 2: only the reference has threads, where it has no management core; leave it out");
  CHECK(refused([](SessionOptions& o) { o.port = "tcp:localhost:1"; }) ==
        "management_core: the chip is there already; leave it out");
  CHECK(refused([](SessionOptions& o) { o.hard_steps = true; }) ==
        "management_core: hard_steps go without one; leave out one of both");
  CHECK(refused([](SessionOptions& o) { o.rtl_tiles.places.push_back({}); }) ==
        "management_core: the reference, with which rtl_tile is compared, has none; leave out one "
        "of both");
}

TEST_CASE("session: sixteen of them run beside one another, each as if alone") {
  const auto spikes_of = [](std::optional<Executor> executor) {
    Session session(options_of(executor));
    session.load(driven(), MapOptions{});
    return session.run(session.plan(request_of(200)), false).spikes;
  };
  const auto alone = spikes_of(std::nullopt);
  std::vector<std::vector<SpikeRow>> got(16);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < got.size(); ++i)
    threads.emplace_back(
        [&, i] { got[i] = spikes_of(i % 2 == 0 ? std::optional(Executor::model) : std::nullopt); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& spikes : got) CHECK(spikes == alone);
}

// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "files/json_text.hpp"
#include "sim/hash.hpp"
#include "sim/sweep/point/row.hpp"
#include "sim/traffic/traffic_map.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/sources.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostSeed = std::int64_t{1} << 53;
constexpr std::int64_t kMostRepeats = 1'000'000;

/// The contents of the .npy files that a network names.
void hash_arrays(const nlohmann::json& json, const fs::path& folder, Hash& hash) {
  if (json.is_object() && json.contains("npy") && json["npy"].is_string())
    hash.add(read_input(folder / json["npy"].get<std::string>()));
  if (json.is_structured())
    for (const auto& each : json) hash_arrays(each, folder, hash);
}

void read_network(const JsonCursor& root, const fs::path& folder, SweepFile& sweep, Hash& hash) {
  const fs::path file = folder / root.at("network").text();
  const std::string text = read_input(file);
  sweep.network = parse_network(text, file.string(), file.parent_path());
  hash.add(text);
  hash_arrays(parse_json(text, file.string()), file.parent_path(), hash);
}

std::string place_of(const SweepFile& sweep, const JsonCursor& cursor) {
  return sweep.path.string() + ": " + cursor.path();
}

template <typename Parse>
void read_sources(const JsonCursor& run, const char* key, Parse&& parse, SweepFile& sweep,
                  std::vector<std::string>& texts) {
  const auto found = run.find(key);
  for (std::size_t i = 0; found && i < found->array_size(); ++i) {
    texts.push_back(found->at(i).text());
    sweep.request.sources.push_back(parse(texts.back(), place_of(sweep, found->at(i))));
  }
}

void read_run(const JsonCursor& run, const fs::path& folder, SweepFile& sweep, Hash& hash) {
  run.object({"input", "steps", "samples", "poisson", "regular", "clear", "learning", "source_seed",
              "firmware"});
  RunRequest& request = sweep.request;
  request.steps =
      static_cast<std::uint64_t>(run.at("steps").integer(1, static_cast<std::int64_t>(kMostSteps)));
  if (const auto samples = run.find("samples"))
    request.samples = static_cast<std::uint32_t>(samples->integer(1, 0xffffffff));
  if (const auto clear = run.find("clear"))
    request.clear = static_cast<Clear>(clear->choice({"all", "membrane", "none"}));
  if (const auto learning = run.find("learning"))
    request.learning = learning->choice({"off", "on"}) == 1;
  if (const auto firmware = run.find("firmware"))
    request.firmware = firmware->choice({"off", "on"}) == 1;
  if (const auto seed = run.find("source_seed")) {
    request.source_seed = static_cast<std::uint64_t>(seed->integer(0, kMostSeed));
    sweep.own_source_seed = true;
  }
  request.inputs_name = place_of(sweep, run);
  if (const auto input = run.find("input")) {
    const fs::path file = folder / input->text();
    hash.add(read_input(file));
    request.inputs = read_spikes(file);
    request.inputs_name = file.string();
  }
  read_sources(run, "poisson", parse_poisson, sweep, sweep.poisson);
  read_sources(run, "regular", parse_regular, sweep, sweep.regular);
}

/// Packets of a file instead of a network and what it runs.
void read_traffic(const JsonCursor& root, const fs::path& folder, SweepFile& sweep, Hash& hash) {
  if (const auto network = root.find("network"))
    network->fail("there is \"traffic\" already, which takes no network; remove one");
  const fs::path file = folder / root.at("traffic").text();
  hash.add(read_input(file));
  sweep.trace = std::make_shared<TrafficTrace>(read_trace(file));
  sweep.network = traffic_network(*sweep.trace);
  RunRequest& request = sweep.request;
  request.steps = sweep.trace->steps();
  if (const auto run = root.find("run")) {
    run->object({"steps"});
    request.steps = static_cast<std::uint64_t>(
        run->at("steps").integer(1, static_cast<std::int64_t>(kMostSteps)));
    if (request.steps < sweep.trace->steps())
      run->at("steps").fail(
          fmt::format("{}, but {} sends packets in {} steps; raise it or leave it "
                      "out",
                      request.steps, file.string(), sweep.trace->steps()));
  }
  request.samples = 1;
  request.clear = Clear::none;
  request.inputs = host_packets(*sweep.trace);
  request.inputs_name = file.string();
}

/// What no design can take: it is told before the first point.
void check_run(const SweepFile& sweep) {
  const RunRequest& request = sweep.request;
  if (request.firmware && sweep.network.early_exit)
    throw InputError(fmt::format(
        "{}: {} names a program of the management core, which the chips of a sweep do not have; "
        "run without it: \"firmware\": \"off\" in \"run\"",
        sweep.path.string(), sweep.network.where("/firmware")));
  Image inputs;
  for (const Population& each : sweep.network.populations()) {
    const auto* input = std::get_if<InputNeurons>(&each.neurons);
    for (std::uint32_t k = 0; input != nullptr && k < each.size; ++k)
      inputs.inputs.push_back(
          {each.name, k, {}, static_cast<std::uint32_t>(input->max_spikes_per_step.get(k, 1))});
  }
  match_inputs(request.inputs, inputs, request.steps, request.inputs_name);
  for (const Source& source : request.sources) make_spikes(source, sweep.network, 1, 1, 1);
  for (const SpikeRow& row : request.inputs)
    if (request.samples && row.sample >= *request.samples)
      throw InputError(
          fmt::format("{}: /run/samples: {}, but {} has sample {}, too; raise it or "
                      "leave it out",
                      sweep.path.string(), *request.samples, request.inputs_name, row.sample));
}

/// A name, or a file beside SWEEP.json.
void read_config(const JsonCursor& root, const fs::path& folder, SweepFile& sweep, Hash& hash) {
  const auto config = root.find("config");
  std::string name = config ? config->text() : "default";
  std::error_code none;
  if (fs::is_regular_file(folder / name, none)) {
    name = (folder / name).string();
    hash.add(read_input(name));
  }
  try {
    sweep.base.build = load_build(name);
  } catch (const InputError& error) {
    if (!config) throw;
    config->fail(error.what());
  }
}

Dimension read_together(const JsonCursor& cursor) {
  Dimension dimension;
  const JsonCursor names = cursor.at("parameters"), values = cursor.at("values");
  for (std::size_t i = 0; i < names.array_size(); ++i)
    dimension.parameters.push_back(&Parameter::find(names.at(i).text(), names.at(i)));
  if (dimension.parameters.empty()) names.fail("it is empty; name a parameter");
  for (std::size_t i = 0; i < values.array_size(); ++i) {
    const JsonCursor each = values.at(i);
    if (each.array_size() != dimension.parameters.size())
      each.fail(fmt::format("{} values, but there are {} parameters; give one for each",
                            each.array_size(), dimension.parameters.size()));
    std::vector<Value>& row = dimension.values.emplace_back();
    for (std::size_t k = 0; k < each.array_size(); ++k)
      row.push_back(dimension.parameters[k]->read(each.at(k)));
  }
  return dimension;
}

Dimension read_single(const JsonCursor& cursor) {
  const JsonCursor name = cursor.at("parameter");
  const Parameter& parameter = Parameter::find(name.text(), name);
  Dimension dimension{{&parameter}, {}};
  const auto values = cursor.find("values"), from = cursor.find("from"), to = cursor.find("to");
  if (!!values == (from || to)) cursor.fail("give either \"values\", or \"from\" and \"to\"");
  if (values) {
    for (std::size_t i = 0; i < values->array_size(); ++i)
      dimension.values.push_back({parameter.read(values->at(i))});
  } else {
    for (const Value& value : parameter.range(cursor, cursor.at("from"), cursor.at("to")))
      dimension.values.push_back({value});
  }
  return dimension;
}

void read_space(const JsonCursor& space, SweepFile& sweep) {
  std::vector<std::pair<const Parameter*, std::string>> seen;
  for (std::size_t i = 0; i < space.array_size(); ++i) {
    const JsonCursor cursor = space.at(i);
    cursor.object({"parameter", "parameters", "values", "from", "to"});
    const bool together = cursor.find("parameters").has_value();
    if (together && (cursor.find("parameter") || cursor.find("from") || cursor.find("to")))
      cursor.fail("\"parameters\" goes with \"values\" alone; remove the other keys");
    Dimension dimension = together ? read_together(cursor) : read_single(cursor);
    if (dimension.values.empty()) cursor.fail("no value; give at least one");
    for (const Parameter* each : dimension.parameters) {
      for (const auto& [other, where] : seen)
        if (other == each)
          cursor.fail(fmt::format("{} is changed by {} already; remove one", each->name(), where));
      seen.emplace_back(each, cursor.path());
    }
    sweep.space.push_back(std::move(dimension));
  }
}

void read_points(const JsonCursor& points, SweepFile& sweep) {
  std::vector<std::string_view> names;
  for (const Parameter& each : Parameter::all()) names.push_back(each.name());
  for (std::size_t i = 0; i < points.array_size(); ++i) {
    const JsonCursor cursor = points.at(i);
    cursor.object(names);
    Assignment& point = sweep.points.emplace_back();
    for (const Parameter& each : Parameter::all())
      if (const auto value = cursor.find(std::string(each.name()).c_str()))
        point.emplace_back(&each, each.read(*value));
  }
}

Sample read_sample(const JsonCursor& cursor, const SweepFile& sweep) {
  cursor.object({"method", "points", "seed"});
  if (sweep.space.empty()) cursor.fail("there is no space to draw from; add \"space\"");
  Sample sample;
  sample.latin_hypercube = cursor.at("method").choice({"random", "latin_hypercube"}) == 1;
  sample.points = static_cast<std::uint64_t>(cursor.at("points").integer(1, 1'000'000));
  if (const auto seed = cursor.find("seed"))
    sample.seed = static_cast<std::uint64_t>(seed->integer(0, kMostSeed));
  return sample;
}

/// The name of a numeric column.
std::string read_column(const JsonCursor& name) {
  const std::string column = name.text();
  const auto found = find_column(column);
  if (found && columns()[*found].numeric()) return column;
  std::vector<std::string> numeric;
  for (const Column& each : columns())
    if (each.numeric()) numeric.push_back(each.name);
  name.fail(fmt::format("\"{}\" is no numeric column; there are {}", shown(column),
                        fmt::join(numeric, ", ")));
}

Objective read_objective(const JsonCursor& cursor) {
  cursor.object({"minimize", "maximize"});
  const auto least = cursor.find("minimize"), most = cursor.find("maximize");
  if (!!least == !!most) cursor.fail("give either \"minimize\" or \"maximize\"");
  return {read_column(least ? *least : *most), most.has_value()};
}

Search read_search(const JsonCursor& cursor, const JsonCursor& root) {
  cursor.object({"objectives", "evaluations", "population", "seed"});
  for (const char* other : {"points", "sample", "repeats"})
    if (root.find(other))
      cursor.fail(
          fmt::format("it draws its points from \"space\" alone, and runs each once; remove "
                      "\"{}\"",
                      other));
  Search search;
  const JsonCursor objectives = cursor.at("objectives");
  for (std::size_t i = 0; i < objectives.array_size(); ++i)
    search.objectives.push_back(read_objective(objectives.at(i)));
  if (search.objectives.size() < 2)
    objectives.fail(fmt::format("{}, but a search weighs at least 2 against each other; add one",
                                search.objectives.size()));
  search.evaluations = static_cast<std::uint64_t>(cursor.at("evaluations").integer(1, 1'000'000));
  if (const auto population = cursor.find("population")) {
    search.population = static_cast<std::uint32_t>(population->integer(8, 10'000));
    if (search.population % 4 != 0)
      population->fail(fmt::format("{}, but it is a multiple of 4", search.population));
  }
  if (const auto seed = cursor.find("seed"))
    search.seed = static_cast<std::uint64_t>(seed->integer(0, 0xffffffff));
  return search;
}

Constraint read_constraint(const JsonCursor& cursor) {
  cursor.object({"column", "at_least", "at_most"});
  Constraint constraint{.column = read_column(cursor.at("column")), .path = cursor.path()};
  if (const auto least = cursor.find("at_least")) constraint.at_least = least->number();
  if (const auto most = cursor.find("at_most")) constraint.at_most = most->number();
  if (!constraint.at_least && !constraint.at_most)
    cursor.fail("it says no limit; give \"at_least\" or \"at_most\"");
  return constraint;
}

Part read_part(const JsonCursor& cursor) {
  std::vector<std::string_view> names;
  for (const Part& each : parts()) names.push_back(each.name);
  return parts()[cursor.choice(names)];
}

void read_points_and_limits(const JsonCursor& root, SweepFile& sweep) {
  if (const auto space = root.find("space")) read_space(*space, sweep);
  if (const auto points = root.find("points")) read_points(*points, sweep);
  if (sweep.space.empty() && sweep.points.empty())
    root.fail("there are no points; add \"space\" or \"points\"");
  if (const auto search = root.find("search")) sweep.search = read_search(*search, root);
  if (const auto sample = root.find("sample")) sweep.sample = read_sample(*sample, sweep);
  if (const auto part = root.find("part")) sweep.part = read_part(*part);
  if (const auto all = root.find("constraints"))
    for (std::size_t i = 0; i < all->array_size(); ++i)
      sweep.constraints.push_back(read_constraint(all->at(i)));
  if (const auto seed = root.find("seed"))
    sweep.seed = static_cast<std::uint64_t>(seed->integer(0, kMostSeed));
  if (const auto repeats = root.find("repeats"))
    sweep.repeats = static_cast<std::uint32_t>(repeats->integer(1, kMostRepeats));
}

}  // namespace

SweepFile load_sweep(const fs::path& path) {
  SweepFile sweep;
  sweep.path = path;
  sweep.text = read_input(path);
  const std::string source = path.string();
  const fs::path folder = path.parent_path();
  nlohmann::json json = parse_json(sweep.text, source);
  const JsonCursor root(json, "", source, folder);
  root.object({"spikemesh_sweep", "network", "traffic", "run", "config", "space", "points",
               "sample", "search", "constraints", "part", "seed", "repeats"});
  if (const auto version = root.at("spikemesh_sweep"); version.number() != 1)
    version.fail(fmt::format("format version {}, but this program reads 1; write the file for that",
                             version.number()));
  Hash hash;
  read_points_and_limits(root, sweep);
  read_config(root, folder, sweep, hash);
  if (root.find("traffic")) {
    read_traffic(root, folder, sweep, hash);
  } else {
    read_run(root.at("run"), folder, sweep, hash);
    read_network(root, folder, sweep, hash);
  }
  check_run(sweep);
  sweep.inputs_hash = hash.value();
  return sweep;
}

}  // namespace spikemesh::sim

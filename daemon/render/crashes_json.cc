// SPDX-License-Identifier: Apache-2.0
// The shape is public: docs/schema/crashes.schema.json. Fields are only ever added.
#include "daemon/render/crashes_json.h"

#include <algorithm>
#include <span>
#include <vector>

#include "daemon/render/json_values.h"
#include "daemon/render/render.h"
#include "daemon/render/uploads_json.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

Json CrashDirectoryJson(const Facts& facts) {
  if (facts.dumps.known()) return NameOrNull(facts.dumps.source());
  return facts.target.known() ? NameOrNull(facts.target->live_path) : Json();
}

Json RecordJson(const State& state, const CrashRecord* record) {
  if (record == nullptr) return {};
  return {{"id", record->id},
          {"inspection", Name(record->inspection)},
          {"attempts", record->attempts},
          {"failure", TextOrNull(record->failure)},
          {"category", Name(record->category)},
          {"title", TextOrNull(record->title)},
          {"signature", TextOrNull(record->signature)},
          {"kernel_release", TextOrNull(record->kernel_release)},
          {"capture", Name(CaptureOf(*record))},
          {"sealed", TimeOrNull(record->sealed_at)},
          {"acknowledged", TimeOrNull(record->acknowledged_at)},
          {"acknowledged_by", TextOrNull(record->acknowledged_by)},
          {"gone", TimeOrNull(record->gone_at)},
          {"pruned", TimeOrNull(record->pruned_at)},
          {"ended_boot", TextOrNull(record->ended_boot)},
          {"drill", TextOrNull(record->drill)},
          {"cause", CauseOrNull(record->cause, record->cause_line)},
          {"uploads", UploadsJson(state, *record)}};
}

// The newest first; without what an unfinished listing has not come to. A crash that left no dump
// is in no listing.
std::vector<Crash> Crashes(const State& state) {
  std::vector<Crash> crashes = CrashesOf(state);
  std::erase_if(crashes, [](const Crash& crash) {
    return crash.dump == nullptr && crash.record->has_dump() && crash.record->gone_at == 0;
  });
  return crashes;
}

}  // namespace

Json CrashEntry(const State& state, const Crash& crash) {
  const Dump dump = crash.Last();
  const bool historic = dump.historic || (crash.record != nullptr && crash.record->historic);
  return {{"id", TextOrNull(IdOf(state, crash))},
          {"directory", NameOrNull(dump.directory)},
          {"vmcore", NameOrNull(dump.vmcore)},
          {"log", NameOrNull(dump.log)},
          {"bytes", dump.bytes},
          {"crash_time", TimeOrNull(dump.crash_time)},
          {"modified", TimeOrNull(dump.mtime)},
          {"format", Name(dump.format)},
          {"dump_state", Name(dump.state)},
          {"reason", TextOrNull(dump.reason)},
          {"historic", historic},
          {"self_test", IsSelfTest(dump.directory)},
          {"record", RecordJson(state, crash.record)}};
}

std::string CrashesJson(const State& state) {
  const Facts& facts = state.facts;
  const bool known = !facts.dumps.unreadable();
  const std::vector<Crash> crashes = known ? Crashes(state) : std::vector<Crash>();
  Json head = Heading(state);
  head["crash_directory"] = CrashDirectoryJson(facts);
  head["problem"] = TextOrNull(facts.dumps.why());
  head["total"] = known ? Json(crashes.size()) : Json();
  head["clipped"] = facts.dumps_clipped || facts.dumps_partial || crashes.size() > kCrashesListed;
  if (!known) {
    head["crashes"] = nullptr;
    return Dumped(head, -1) + '\n';
  }
  // One line for each: a tree of 1,000 crashes would take many times the memory of its text.
  std::string text = Dumped(head, -1);
  text.back() = ',';
  text += "\"crashes\":[";
  std::string_view separator = "\n";
  for (const Crash& crash : std::span(crashes).first(std::min(crashes.size(), kCrashesListed))) {
    text += separator;
    text += Dumped(CrashEntry(state, crash), -1);
    separator = ",\n";
  }
  return text + "]}\n";
}

}  // namespace kdumpd

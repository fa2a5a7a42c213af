// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/drill_json.h"

#include "daemon/host/stored_json.h"

namespace kdumpd {
namespace {

using Json = JsonReader::Json;

constexpr int kMostDepth = 8;  // ours has 3

Json FieldsOf(const DrillIntent& intent) {
  return {{"id", intent.id},
          {"node", intent.node},
          {"boot_id", intent.boot_id},
          {"requested_at", intent.requested_at},
          {"crash_at", intent.crash_at},
          {"fingerprint", intent.fingerprint}};
}

Json FieldsOf(const std::optional<DrillRecord>& record) {
  if (!record) return {};
  return {{"intent", FieldsOf(record->intent)},
          {"result", Name(record->result)},
          {"reason", record->reason},
          {"message", record->message},
          {"crash_id", record->crash_id},
          {"crash_time", record->crash_time},
          {"dump_seconds", record->dump_seconds},
          {"back_seconds", record->back_seconds},
          {"judged_at", record->judged_at}};
}

std::optional<DrillIntent> IntentOf(const Json& json) {
  DrillIntent intent;
  JsonReader reader(json);
  reader.Text("id", intent.id);
  reader.Text("node", intent.node);
  reader.Text("boot_id", intent.boot_id);
  reader.Number("requested_at", intent.requested_at);
  reader.Number("crash_at", intent.crash_at);
  reader.Text("fingerprint", intent.fingerprint);
  const bool good = reader.good() && IsDrillId(intent.id) && !intent.boot_id.empty() &&
                    BootIdOf(intent.boot_id) == intent.boot_id && intent.requested_at >= 0 &&
                    intent.crash_at >= 0;
  return good ? std::optional(intent) : std::nullopt;
}

std::optional<DrillRecord> RecordOf(const Json& json) {
  DrillRecord record;
  JsonReader reader(json);
  const Json* fields = reader.Object("intent");
  auto intent = fields != nullptr ? IntentOf(*fields) : std::nullopt;
  reader.OneOf("result", kDrillResults, record.result);
  reader.Text("reason", record.reason);
  reader.Text("message", record.message);
  reader.Text("crash_id", record.crash_id);
  reader.Number("crash_time", record.crash_time);
  reader.Number("dump_seconds", record.dump_seconds);
  reader.Number("back_seconds", record.back_seconds);
  reader.Number("judged_at", record.judged_at);
  const bool named = record.crash_id.empty() || IsCrashId(record.crash_id);
  if (!reader.good() || !intent || !named) return std::nullopt;
  record.intent = *std::move(intent);
  return record;
}

// False: what stands there is no record. Null is none.
bool Take(JsonReader& reader, const char* key, std::optional<DrillRecord>& record) {
  const Json* fields = reader.Object(key);
  if (fields == nullptr) return reader.good();
  record = RecordOf(*fields);
  return record.has_value();
}

std::optional<Drills> DrillsOf(const Json& json) {
  Drills drills;
  JsonReader reader(json);
  const bool last = Take(reader, "last", drills.last);
  const bool pass = Take(reader, "last_pass", drills.last_pass);
  return last && pass ? std::optional(drills) : std::nullopt;
}

}  // namespace

std::string IntentJson(const DrillIntent& intent) {
  Json json = {{"schema_version", kDrillSchema}};
  json.update(FieldsOf(intent));
  return StoredText(json);
}

std::string HistoryJson(const Drills& drills) {
  return StoredText({{"schema_version", kDrillSchema},
                     {"last", FieldsOf(drills.last)},
                     {"last_pass", FieldsOf(drills.last_pass)}});
}

ParsedFile<DrillIntent> ParseIntent(std::string_view json) {
  return ParseStored(json, kDrillSchema, kMostDepth, IntentOf);
}
ParsedFile<Drills> ParseHistory(std::string_view json) {
  return ParseStored(json, kDrillSchema, kMostDepth, DrillsOf);
}

}  // namespace kdumpd

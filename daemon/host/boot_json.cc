// SPDX-License-Identifier: Apache-2.0
// The files are ours alone: what other programs read is rendered elsewhere.
#include "daemon/host/boot_json.h"

#include <utility>

#include "daemon/core/crash_record.h"
#include "daemon/core/hash.h"
#include "daemon/core/text.h"
#include "daemon/host/stored_json.h"

namespace kdumpd {
namespace {

using Json = JsonReader::Json;

constexpr int kMostDepth = 8;  // ours has 4
constexpr std::size_t kMostItems = 256;

Json BoolOrNull(const std::optional<bool>& value) { return value ? Json(*value) : Json(); }

// Adds what JsonReader does not know.
class Reader : public JsonReader {
 public:
  using JsonReader::JsonReader;
  void BoolOrNull(const Json& json, const char* key, std::optional<bool>& value) {
    const auto item = json.find(key);
    if (item == json.end() || !(item->is_null() || item->is_boolean())) return Spoil();
    value = item->is_boolean() ? std::optional(item->get<bool>()) : std::nullopt;
  }
  void BootId(const char* key, std::string& value, bool needed) {
    Text(key, value);
    const bool none = value.empty() && !needed;
    if (!none && (value.empty() || BootIdOf(value) != value)) Spoil();
  }
  // Each item of a list through `take`, which says whether it is what it must be.
  template <class Take>
  void Each(const Json& json, const char* key, const Take& take) {
    const auto list = json.find(key);
    if (list == json.end() || !list->is_array() || list->size() > kMostItems) return Spoil();
    for (const Json& item : *list) {
      if (!take(item)) return Spoil();
    }
  }
};

Json FieldsOf(const Heartbeat& beat) {
  Json pstore = Json::array();
  for (const std::uint64_t key : beat.pstore) pstore.push_back(Hex(key));
  return {{"boot_id", beat.boot_id},
          {"began", beat.began},
          {"first_at", beat.first_at},
          {"beat_at", beat.beat_at},
          {"armed", BoolOrNull(beat.armed)},
          {"stopping", beat.stopping},
          {"left", beat.left},
          {"sight", Name(beat.sight)},
          {"target", beat.target},
          {"post_notifiers", beat.post_notifiers},
          {"watchdog", beat.watchdog},
          {"kernel_release", beat.kernel_release},
          {"pstore", std::move(pstore)}};
}

std::optional<Heartbeat> BeatIn(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  Heartbeat beat;
  Reader reader(json);
  reader.BootId("boot_id", beat.boot_id, true);
  reader.Number("began", beat.began);
  reader.Number("first_at", beat.first_at);
  reader.Number("beat_at", beat.beat_at);
  reader.BoolOrNull(json, "armed", beat.armed);
  reader.Flag("stopping", beat.stopping);
  reader.Flag("left", beat.left);
  reader.OneOf("sight", kDumpSights, beat.sight);
  reader.Text("target", beat.target);
  reader.Flag("post_notifiers", beat.post_notifiers);
  reader.LaterFlag("watchdog", beat.watchdog);
  reader.Text("kernel_release", beat.kernel_release);
  reader.Each(json, "pstore", [&](const Json& item) {
    const auto* text = item.get_ptr<const Json::string_t*>();
    const auto key =
        text != nullptr && text->size() == 16 ? ParseUnsigned(*text, 16) : std::nullopt;
    if (key) beat.pstore.push_back(*key);
    return key.has_value();
  });
  return reader.good() ? std::optional(beat) : std::nullopt;
}

Json FieldsOf(const BootRecord& boot) {
  Json evidence = Json::array();
  for (const BootSign& sign : boot.evidence) {
    evidence.push_back({{"source", sign.source}, {"says", sign.says}});
  }
  return {{"boot_id", boot.boot_id},
          {"began", boot.began},
          {"last_sign", boot.last_sign},
          {"ended_by", boot.ended_by},
          {"outcome", Name(boot.outcome)},
          {"confidence", Name(boot.confidence)},
          {"reason", boot.reason},
          {"message", boot.message},
          {"evidence", std::move(evidence)},
          {"armed", BoolOrNull(boot.armed)},
          {"kernel_release", boot.kernel_release},
          {"cause", boot.cause},
          {"cause_line", boot.cause_line},
          {"crash_id", boot.crash_id},
          {"drill", boot.drill},
          {"historic", boot.historic},
          {"decided_at", boot.decided_at}};
}

std::optional<BootRecord> BootIn(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  BootRecord boot;
  Reader reader(json);
  reader.BootId("boot_id", boot.boot_id, false);
  reader.Number("began", boot.began);
  reader.Number("last_sign", boot.last_sign);
  reader.Number("ended_by", boot.ended_by);
  reader.OneOf("outcome", kBootOutcomes, boot.outcome);
  reader.OneOf("confidence", kConfidences, boot.confidence);
  reader.Text("reason", boot.reason);
  reader.Text("message", boot.message);
  reader.Each(json, "evidence", [&](const Json& item) {
    if (!item.is_object()) return false;
    BootSign sign;
    JsonReader fields(item);
    fields.Text("source", sign.source);
    fields.Text("says", sign.says);
    boot.evidence.push_back(std::move(sign));
    return fields.good();
  });
  reader.BoolOrNull(json, "armed", boot.armed);
  reader.LaterText("kernel_release", boot.kernel_release);
  reader.Text("cause", boot.cause);
  reader.Text("cause_line", boot.cause_line);
  reader.Text("crash_id", boot.crash_id);
  reader.Text("drill", boot.drill);
  reader.Flag("historic", boot.historic);
  reader.Number("decided_at", boot.decided_at);
  const bool named = boot.crash_id.empty() || IsCrashId(boot.crash_id);
  return reader.good() && named ? std::optional(boot) : std::nullopt;
}

std::optional<BeatFile> BeatFileIn(const Json& json) {
  BeatFile file;
  Reader reader(json);
  if (const Json* beat = reader.Object("beat")) {
    file.beat = BeatIn(*beat);
    if (!file.beat) return std::nullopt;
  }
  reader.Each(json, "undecided", [&](const Json& item) {
    auto beat = BeatIn(item);
    if (!beat) return false;
    file.undecided.push_back(*std::move(beat));
    return true;
  });
  reader.BootId("done_for", file.done_for, false);
  return reader.good() ? std::optional(file) : std::nullopt;
}

std::optional<std::vector<BootRecord>> BootsIn(const Json& json) {
  std::vector<BootRecord> boots;
  Reader reader(json);
  reader.Each(json, "boots", [&](const Json& item) {
    auto boot = BootIn(item);
    if (!boot) return false;
    boots.push_back(*std::move(boot));
    return true;
  });
  return reader.good() ? std::optional(boots) : std::nullopt;
}

}  // namespace

std::string BeatJson(const BeatFile& file) {
  Json undecided = Json::array();
  for (const Heartbeat& beat : file.undecided) undecided.push_back(FieldsOf(beat));
  return StoredText({{"schema_version", kBootSchema},
                     {"beat", file.beat ? FieldsOf(*file.beat) : Json()},
                     {"undecided", std::move(undecided)},
                     {"done_for", file.done_for}});
}

std::string BootsFileJson(const std::vector<BootRecord>& boots) {
  Json list = Json::array();
  for (const BootRecord& boot : boots) list.push_back(FieldsOf(boot));
  return StoredText({{"schema_version", kBootSchema}, {"boots", std::move(list)}});
}

ParsedFile<BeatFile> ParseBeatFile(std::string_view json) {
  return ParseStored(json, kBootSchema, kMostDepth, BeatFileIn);
}
ParsedFile<std::vector<BootRecord>> ParseBootsFile(std::string_view json) {
  return ParseStored(json, kBootSchema, kMostDepth, BootsIn);
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
// The file is ours alone: what other programs read is rendered elsewhere.
#include "daemon/host/record_json.h"

#include <utility>

#include "daemon/host/stored_json.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNameBytes = 255;  // of a file
constexpr int kMostDepth = 16;           // a report has 4

// Names may hold any byte but '/' and zero: they are kept as they are, in hexadecimal where JSON
// could not hold them.
std::string Kept(const std::string& name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string kept;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '%') {
      kept += c;
    } else {
      kept += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return kept;
}

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

// Nothing for what is no name of a file: with a '/', too long, "..".
std::optional<std::string> NameFrom(std::string_view kept) {
  std::string name;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] != '%') {
      name += kept[i];
      continue;
    }
    const auto high = i + 2 < kept.size() ? HexDigit(kept[i + 1]) : std::nullopt;
    const auto low = high ? HexDigit(kept[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    name += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  const bool unfit = name.size() > kNameBytes || name == "." || name == ".." ||
                     name.find_first_of(std::string_view("/\0", 2)) != std::string::npos;
  return unfit ? std::nullopt : std::optional(name);
}

Json CountedJson(const std::optional<CountedAs>& counted) {
  if (!counted) return {};
  return {{"category", Name(counted->category)}, {"capture", Name(counted->capture)}};
}

// Also names of files.
class Reader : public JsonReader {
 public:
  using JsonReader::JsonReader;
  void FileName(const char* key, std::string& value) {
    const auto name = NameFrom(String(key));
    if (!name) Spoil();
    value = name.value_or("");
  }
};

std::optional<CrashRecord> RecordOf(const Json& json) {
  CrashRecord record;
  Reader reader(json);
  reader.Text("id", record.id);
  reader.FileName("directory", record.directory);
  reader.FileName("vmcore", record.vmcore);
  reader.FileName("log", record.log);
  reader.Number("crash_time", record.crash_time);
  reader.LaterFlag("dated", record.dated);
  reader.Number("sealed_at", record.sealed_at);
  reader.OneOf("dump_state", kDumpStates, record.state);
  reader.Text("dump_reason", record.reason);
  reader.OneOf("inspection", kInspectionStates, record.inspection);
  reader.Number("attempts", record.attempts);
  reader.Text("failure", record.failure);
  reader.Number("tried_at", record.tried_at);
  reader.OneOf("category", kCrashCategories, record.category);
  reader.Text("title", record.title);
  reader.Text("signature", record.signature);
  reader.Text("kernel_release", record.kernel_release);
  reader.Number("acknowledged_at", record.acknowledged_at);
  reader.Text("acknowledged_by", record.acknowledged_by);
  reader.Number("gone_at", record.gone_at);
  reader.LaterTime("pruned_at", record.pruned_at);
  reader.LaterText("seen_boot", record.seen_boot);
  reader.LaterText("ended_boot", record.ended_boot);
  reader.LaterTime("ended_began", record.ended_began);
  reader.LaterTime("ended_by", record.ended_by);
  reader.LaterText("drill", record.drill);
  reader.LaterText("cause", record.cause);
  reader.LaterText("cause_line", record.cause_line);
  bool good = true;
  if (const Json* mark = reader.Object("mark")) {
    Reader fields(*mark);
    fields.Number("device", record.mark.device);
    fields.Number("inode", record.mark.inode);
    fields.Number("bytes", record.mark.bytes);
    fields.Number("mtime", record.mark.mtime);
    good = fields.good();
  }
  if (const Json* counted = reader.Object("counted")) {
    Reader fields(*counted);
    record.counted.emplace();
    fields.OneOf("category", kCrashCategories, record.counted->category);
    fields.OneOf("capture", kCaptures, record.counted->capture);
    good = good && fields.good();
  }
  if (!good || !reader.good() || !IsCrashId(record.id)) return std::nullopt;
  return record;
}

}  // namespace

std::string RecordJson(const CrashRecord& record, std::string_view report) {
  const Json json = {{"schema_version", kRecordSchema},
                     {"id", record.id},
                     {"directory", Kept(record.directory)},
                     {"vmcore", Kept(record.vmcore)},
                     {"log", Kept(record.log)},
                     {"crash_time", record.crash_time},
                     {"dated", record.dated},
                     {"sealed_at", record.sealed_at},
                     {"mark",
                      {{"device", record.mark.device},
                       {"inode", record.mark.inode},
                       {"bytes", record.mark.bytes},
                       {"mtime", record.mark.mtime}}},
                     {"dump_state", Name(record.state)},
                     {"dump_reason", record.reason},
                     {"inspection", Name(record.inspection)},
                     {"attempts", record.attempts},
                     {"failure", record.failure},
                     {"tried_at", record.tried_at},
                     {"category", Name(record.category)},
                     {"title", record.title},
                     {"signature", record.signature},
                     {"kernel_release", record.kernel_release},
                     {"counted", CountedJson(record.counted)},
                     {"acknowledged_at", record.acknowledged_at},
                     {"acknowledged_by", record.acknowledged_by},
                     {"gone_at", record.gone_at},
                     {"pruned_at", record.pruned_at},
                     {"seen_boot", record.seen_boot},
                     {"ended_boot", record.ended_boot},
                     {"ended_began", record.ended_began},
                     {"ended_by", record.ended_by},
                     {"drill", record.drill},
                     {"cause", record.cause},
                     {"cause_line", record.cause_line}};
  std::string text = StoredText(json);
  text.resize(text.size() - 3);  // "\n}\n"
  text += ",\n \"report\": ";
  text += report.empty() ? std::string_view("null") : report;
  return text + "\n}\n";
}

ParsedRecord ParseRecord(std::string_view text) {
  std::string kept;
  auto file = ParseStored(text, kRecordSchema, kMostDepth, [&](const Json& json) {
    const auto report = json.find("report");
    if (report != json.end() && report->is_object()) {
      kept = report->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return RecordOf(json);
  });
  return {file.schema, std::move(file.value), std::move(kept)};
}

}  // namespace kdumpd

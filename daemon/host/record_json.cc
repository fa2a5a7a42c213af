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
  // A URL with a path.
  void LongText(const char* key, std::string& value) { value = CleanText(String(key), 2048); }
  void FileName(const char* key, std::string& value) {
    const auto name = NameFrom(String(key));
    if (!name) Spoil();
    value = name.value_or("");
  }
};

Json MarkJson(const DumpMark& mark) {
  return {
      {"device", mark.device}, {"inode", mark.inode}, {"bytes", mark.bytes}, {"mtime", mark.mtime}};
}

bool TakeMark(const Json& json, DumpMark& mark) {
  Reader fields(json);
  fields.Number("device", mark.device);
  fields.Number("inode", mark.inode);
  fields.Number("bytes", mark.bytes);
  fields.Number("mtime", mark.mtime);
  return fields.good();
}

Json StoredJson(const StoredObject& stored) {
  return {{"proof", Name(stored.proof)},           {"plain_bytes", stored.plain_bytes},
          {"stored_bytes", stored.stored_bytes},   {"plain_sha256", stored.plain_sha256},
          {"stored_sha256", stored.stored_sha256}, {"etag", stored.etag},
          {"stored_at", stored.stored_at}};
}

bool TakeStored(const Json& json, StoredObject& stored) {
  if (!json.is_object()) return false;
  Reader fields(json);
  fields.OneOf("proof", kUploadProofs, stored.proof);
  fields.Number("plain_bytes", stored.plain_bytes);
  fields.Number("stored_bytes", stored.stored_bytes);
  fields.Text("plain_sha256", stored.plain_sha256);
  fields.Text("stored_sha256", stored.stored_sha256);
  fields.Text("etag", stored.etag);
  fields.Number("stored_at", stored.stored_at);
  return fields.good();
}

Json UploadJson(const UploadRecord& upload) {
  Json objects = Json::object();
  for (const auto& [name, stored] : upload.objects) objects[name] = StoredJson(stored);
  return {{"state", Name(upload.state)},
          {"mark", MarkJson(upload.mark)},
          {"problem", Name(upload.problem)},
          {"message", upload.message},
          {"attempts", upload.attempts},
          {"deaths", upload.deaths},
          {"queued_at", upload.queued_at},
          {"tried_at", upload.tried_at},
          {"next_at", upload.next_at},
          {"failing_since", upload.failing_since},
          {"verified_at", upload.verified_at},
          {"boot", upload.boot},
          {"report_sent", upload.report_sent},
          {"asked", upload.asked},
          {"sent", upload.sent},
          {"bytes", upload.bytes},
          {"duplicate_of", upload.duplicate_of},
          {"place", upload.place},
          {"objects", std::move(objects)}};
}

bool TakeUpload(const Json& json, UploadRecord& upload) {
  if (!json.is_object()) return false;
  Reader fields(json);
  fields.OneOf("state", kUploadStates, upload.state);
  fields.OneOf("problem", kUploadProblems, upload.problem);
  fields.Text("message", upload.message);
  fields.Number("attempts", upload.attempts);
  fields.Number("deaths", upload.deaths);
  fields.Number("queued_at", upload.queued_at);
  fields.Number("tried_at", upload.tried_at);
  fields.Number("next_at", upload.next_at);
  fields.Number("failing_since", upload.failing_since);
  fields.Number("verified_at", upload.verified_at);
  fields.Text("boot", upload.boot);
  fields.Flag("report_sent", upload.report_sent);
  fields.Flag("asked", upload.asked);
  fields.Number("sent", upload.sent);
  fields.Number("bytes", upload.bytes);
  fields.Text("duplicate_of", upload.duplicate_of);
  fields.LongText("place", upload.place);
  const Json* mark = fields.Object("mark");
  const Json* objects = fields.Object("objects");
  if (!fields.good() || mark == nullptr || objects == nullptr) return false;
  for (const auto& [name, stored] : objects->items()) {
    if (!TakeStored(stored, upload.objects[name])) return false;
  }
  return TakeMark(*mark, upload.mark);
}

bool TakeUploads(const Json& json, CrashRecord& record) {
  const auto uploads = json.find("uploads");
  if (uploads == json.end()) return true;  // of an earlier kind of file
  if (!uploads->is_object()) return false;
  for (const auto& [name, upload] : uploads->items()) {
    if (!TakeUpload(upload, record.uploads[name])) return false;
  }
  return true;
}

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
  reader.LaterFlag("historic", record.historic);
  reader.LaterText("cause", record.cause);
  reader.LaterText("cause_line", record.cause_line);
  bool good = TakeUploads(json, record);
  if (const Json* mark = reader.Object("mark")) good = TakeMark(*mark, record.mark) && good;
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
  Json uploads = Json::object();
  for (const auto& [name, upload] : record.uploads) uploads[name] = UploadJson(upload);
  const Json json = {{"schema_version", kRecordSchema},
                     {"id", record.id},
                     {"directory", Kept(record.directory)},
                     {"vmcore", Kept(record.vmcore)},
                     {"log", Kept(record.log)},
                     {"crash_time", record.crash_time},
                     {"dated", record.dated},
                     {"sealed_at", record.sealed_at},
                     {"mark", MarkJson(record.mark)},
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
                     {"historic", record.historic},
                     {"cause", record.cause},
                     {"cause_line", record.cause_line},
                     {"uploads", std::move(uploads)}};
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

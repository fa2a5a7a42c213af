// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_journal.h"

#include <algorithm>
#include <array>

#include "daemon/core/field_line.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::uint32_t kMostParts = 10'000;  // S3's own limit
constexpr std::size_t kMostObjects = 128, kMostStale = 64;
constexpr std::size_t kSecretBytes = 16;

bool IsObjectName(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

FieldLine Line(std::string_view object, std::string_view verb) {
  return FieldLine(Cat(object, " ", verb));
}

FieldLine AddMark(FieldLine line, const UploadMark& mark) {
  return line.Add("device", mark.device)
      .Add("inode", mark.inode)
      .Add("bytes", mark.bytes)
      .Add("mtime", mark.mtime)
      .Add("nanoseconds", mark.nanoseconds);
}

// Each takes one line into what is known of its object; false: it makes no sense, and changes
// nothing.
using Take = bool (*)(const Fields&, ObjectJournal&);

bool TakePlan(const Fields& fields, ObjectJournal& object) {
  UploadPlan plan;
  plan.mark = {fields.Unsigned("device").value_or(0), fields.Unsigned("inode").value_or(0),
               fields.Unsigned("bytes").value_or(0), fields.Signed("mtime").value_or(0),
               fields.Signed("nanoseconds").value_or(0)};
  const auto stored = fields.Unsigned("stored"), part = fields.Unsigned("part");
  plan.age_header = fields.Text("header");
  plan.file_key = fields.Text("key");
  plan.nonce = fields.Text("nonce");
  plan.recipients = fields.Text("recipients");
  const bool clear = plan.file_key.empty() && plan.nonce.empty() && plan.age_header.empty();
  const bool sealed = plan.file_key.size() == kSecretBytes && plan.nonce.size() == kSecretBytes &&
                      !plan.age_header.empty();
  if (!stored || !part || (!clear && !sealed)) return false;
  plan.stored_bytes = *stored;
  plan.part_bytes = *part;
  object.plan = std::move(plan);
  object.begun_at = fields.Signed("at").value_or(0);
  return true;
}

bool TakeUploadId(const Fields& fields, ObjectJournal& object) {
  if (!fields.Has("id") || !object.plan || object.stale_uploads.size() >= kMostStale) return false;
  if (!object.upload_id.empty()) object.stale_uploads.push_back(object.upload_id);
  object.upload_id = fields.Text("id");
  object.parts.clear();
  return true;
}

bool TakePart(const Fields& fields, ObjectJournal& object) {
  const auto number = fields.Unsigned("number"), bytes = fields.Unsigned("bytes");
  if (!number || !bytes || *number == 0 || *number > kMostParts || !object.plan) return false;
  object.parts.insert_or_assign(static_cast<std::uint32_t>(*number),
                                UploadedPart{*bytes, fields.Text("etag"), fields.Text("sha256")});
  return true;
}

bool TakeSent(const Fields& fields, ObjectJournal& object) {
  const auto bytes = fields.Unsigned("bytes");
  if (!bytes) return false;
  object.sent = *bytes;
  object.sent_at = fields.Signed("at").value_or(0);
  return true;
}

bool TakeStored(const Fields& fields, ObjectJournal& object) {
  const auto stored = StoredFrom(fields);
  if (!stored) return false;
  object.stored = *stored;
  return true;
}

bool TakeRestart(const Fields& fields, ObjectJournal& object) {
  if (object.stale_uploads.size() >= kMostStale) return false;
  std::vector<std::string> stale = std::move(object.stale_uploads);
  if (!object.upload_id.empty()) stale.push_back(object.upload_id);
  object = {};
  object.stale_uploads = std::move(stale);
  object.restarted = fields.Text("why");
  return true;
}

bool TakeAborted(const Fields& fields, ObjectJournal& object) {
  std::erase(object.stale_uploads, fields.Text("id"));
  return true;
}

constexpr std::array<std::pair<std::string_view, Take>, 7> kVerbs{{{"plan", TakePlan},
                                                                   {"upload", TakeUploadId},
                                                                   {"part", TakePart},
                                                                   {"sent", TakeSent},
                                                                   {"stored", TakeStored},
                                                                   {"restart", TakeRestart},
                                                                   {"aborted", TakeAborted}}};

bool TakeLine(std::string_view text, UploadJournal& journal) {
  const auto fields = ParseFieldLine(text);
  if (!fields) return false;
  const auto words = Split(fields->words, ' ');
  if (words.size() != 2 || !IsObjectName(words[0])) return false;
  const auto* verb = std::ranges::find(kVerbs, words[1], &std::pair<std::string_view, Take>::first);
  if (verb == kVerbs.end()) return false;
  if (journal.objects.size() >= kMostObjects && !journal.objects.contains(words[0])) return false;
  const auto [object, fresh] = journal.objects.try_emplace(std::string(words[0]));
  if (verb->second(*fields, object->second)) return true;
  if (fresh) journal.objects.erase(object);
  return false;
}

}  // namespace

std::optional<StoredObject> StoredFrom(const Fields& fields) {
  StoredObject stored;
  const std::string proof = fields.Text("proof");
  for (int i = 0; i < kUploadProofs; ++i) {
    if (Name(static_cast<UploadProof>(i)) == proof) stored.proof = static_cast<UploadProof>(i);
  }
  const auto plain = fields.Unsigned("plain"), bytes = fields.Unsigned("stored");
  if (stored.proof == UploadProof::kNone || !plain || !bytes) return std::nullopt;
  stored.plain_bytes = *plain;
  stored.stored_bytes = *bytes;
  stored.plain_sha256 = fields.Text("plain-sha256");
  stored.stored_sha256 = fields.Text("stored-sha256");
  stored.etag = fields.Text("etag");
  stored.stored_at = fields.Signed("at").value_or(0);
  return stored;
}

FieldLine AddStored(FieldLine line, const StoredObject& stored) {
  return line.Add("proof", Name(stored.proof))
      .Add("plain", stored.plain_bytes)
      .Add("stored", stored.stored_bytes)
      .Add("plain-sha256", stored.plain_sha256)
      .Add("stored-sha256", stored.stored_sha256)
      .AddSome("etag", stored.etag)
      .Add("at", stored.stored_at);
}

const ObjectJournal* UploadJournal::Find(std::string_view object) const {
  const auto found = objects.find(object);
  return found == objects.end() ? nullptr : &found->second;
}

std::size_t AddToJournal(std::string_view text, UploadJournal& journal) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos || !TakeLine(text.substr(at, end - at), journal)) break;
    at = end + 1;
  }
  return at;
}

UploadJournal ParseUploadJournal(std::string_view text) {
  UploadJournal journal;
  AddToJournal(text, journal);
  return journal;
}

std::string PlanLine(std::string_view object, const UploadPlan& plan, std::int64_t now) {
  return AddMark(Line(object, "plan"), plan.mark)
      .Add("stored", plan.stored_bytes)
      .Add("part", plan.part_bytes)
      .AddSome("header", plan.age_header)
      .AddSome("key", plan.file_key)
      .AddSome("nonce", plan.nonce)
      .AddSome("recipients", plan.recipients)
      .Add("at", now)
      .Take();
}

std::string UploadIdLine(std::string_view object, std::string_view id) {
  return Line(object, "upload").Add("id", id).Take();
}

std::string PartLine(std::string_view object, std::uint32_t number, const UploadedPart& part) {
  return Line(object, "part")
      .Add("number", std::uint64_t{number})
      .Add("bytes", part.bytes)
      .Add("etag", part.etag)
      .Add("sha256", part.sha256)
      .Take();
}

std::string SentLine(std::string_view object, std::uint64_t bytes, std::int64_t now) {
  return Line(object, "sent").Add("bytes", bytes).Add("at", now).Take();
}

std::string StoredLine(std::string_view object, const StoredObject& stored) {
  return AddStored(Line(object, "stored"), stored).Take();
}

std::string RestartLine(std::string_view object, std::string_view why) {
  return Line(object, "restart").Add("why", why).Take();
}

std::string AbortedLine(std::string_view object, std::string_view id) {
  return Line(object, "aborted").Add("id", id).Take();
}

}  // namespace kdumpd

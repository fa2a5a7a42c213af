// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/upload_job.h"

#include <array>

#include "daemon/core/field_line.h"
#include "daemon/core/text.h"
#include "daemon/core/upload_journal.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostLine = 4096;

template <class Enum>
std::optional<Enum> Named(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (Name(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// One row for each text of a target.
struct TargetText {
  std::string_view key;
  std::string UploadTarget::* field;
};
constexpr std::array kTargetTexts{TargetText{"name", &UploadTarget::name},
                                  TargetText{"url", &UploadTarget::url},
                                  TargetText{"endpoint", &UploadTarget::endpoint},
                                  TargetText{"region", &UploadTarget::region},
                                  TargetText{"credentials", &UploadTarget::credentials_file},
                                  TargetText{"ca", &UploadTarget::ca_file},
                                  TargetText{"user", &UploadTarget::user},
                                  TargetText{"password", &UploadTarget::password_file},
                                  TargetText{"token", &UploadTarget::token_file},
                                  TargetText{"key", &UploadTarget::key_file},
                                  TargetText{"known-hosts", &UploadTarget::known_hosts},
                                  TargetText{"host-key", &UploadTarget::host_key}};
struct TargetFlag {
  std::string_view key;
  bool UploadTarget::* field;
};
constexpr std::array kTargetFlags{TargetFlag{"path-style", &UploadTarget::path_style},
                                  TargetFlag{"sign", &UploadTarget::sign_payload},
                                  TargetFlag{"read-back", &UploadTarget::read_back},
                                  TargetFlag{"redact", &UploadTarget::redact_log}};

std::string TargetLines(const UploadTarget& target) {
  FieldLine line("target");
  for (const TargetText& text : kTargetTexts) line.Add(text.key, target.*text.field);
  for (const TargetFlag& flag : kTargetFlags) {
    line.Add(flag.key, std::uint64_t{target.*flag.field});
  }
  std::string lines = line.Add("part", target.part_bytes)
                          .Add("parts", std::uint64_t{target.most_parts})
                          .Add("bandwidth", target.bandwidth)
                          .Take();
  for (const std::string& recipient : target.recipients) {
    lines += FieldLine("recipient").Add("key", recipient).Take();
  }
  return lines;
}

bool TakeTarget(const Fields& fields, UploadTarget& target) {
  for (const TargetText& text : kTargetTexts) target.*text.field = fields.Text(text.key);
  for (const TargetFlag& flag : kTargetFlags) target.*flag.field = fields.Text(flag.key) == "1";
  const auto part = fields.Unsigned("part"), parts = fields.Unsigned("parts"),
             bandwidth = fields.Unsigned("bandwidth");
  if (!part || !parts || !bandwidth || *parts == 0 || *parts > 10'000) return false;
  target.part_bytes = *part;
  target.most_parts = static_cast<std::uint32_t>(*parts);
  target.bandwidth = *bandwidth;
  return true;
}

bool TakeObject(const Fields& fields, UploadJob& job) {
  job.objects.push_back({fields.Text("name"), fields.Text("small") == "1"});
  return true;
}

bool TakeHead(const Fields& fields, UploadJob& job) {
  const auto task = Named<UploadTask>(fields.Text("task"), kUploadTasks);
  if (!task) return false;
  job.task = *task;
  job.prefix = fields.Text("prefix");
  job.seal_all = fields.Text("seal") == "1";
  job.pressure = fields.Text("pressure") == "1";
  return true;
}

bool TakeJobLine(const Fields& fields, UploadJob& job) {
  if (fields.words == "job") return TakeHead(fields, job);
  if (fields.words == "target") return TakeTarget(fields, job.target);
  if (fields.words == "object") return TakeObject(fields, job);
  if (fields.words == "recipient") {
    job.target.recipients.push_back(fields.Text("key"));
    return true;
  }
  if (fields.words == "environment" || fields.words == "about") {
    auto& map = fields.words == "about" ? job.about : job.environment;
    map.insert_or_assign(fields.Text("name"), fields.Text("value"));
    return true;
  }
  const auto stored = fields.words == "stored" ? StoredFrom(fields) : std::nullopt;
  if (!stored) return false;
  job.stored.insert_or_assign(fields.Text("object"), *stored);
  return true;
}

}  // namespace

std::string_view Name(UploadTask task) {
  constexpr std::array<std::string_view, kUploadTasks> kNames{"report", "whole", "confirm",
                                                              "forget"};
  return kNames[static_cast<std::size_t>(task)];
}

std::string_view Name(Duplicates duplicates) {
  return duplicates == Duplicates::kFull ? "full" : "log_only";
}

std::string EncodeJob(const UploadJob& job) {
  std::string text = FieldLine("job")
                         .Add("task", Name(job.task))
                         .Add("prefix", job.prefix)
                         .Add("seal", std::uint64_t{job.seal_all})
                         .Add("pressure", std::uint64_t{job.pressure})
                         .Take();
  text += TargetLines(job.target);
  for (const UploadObject& object : job.objects) {
    text += FieldLine("object")
                .Add("name", object.name)
                .Add("small", std::uint64_t{object.small})
                .Take();
  }
  for (const auto& [map, word] :
       {std::pair(&job.environment, "environment"), {&job.about, "about"}}) {
    for (const auto& [name, value] : *map) {
      text += FieldLine(word).Add("name", name).Add("value", value).Take();
    }
  }
  for (const auto& [object, stored] : job.stored) {
    text += AddStored(FieldLine("stored").Add("object", object), stored).Take();
  }
  return text;
}

Result<UploadJob> ParseJob(std::string_view text) {
  UploadJob job;
  std::size_t number = 0;
  for (const std::string_view line : Lines(text)) {
    ++number;
    const auto fields = ParseFieldLine(line);
    if (!fields || !TakeJobLine(*fields, job)) {
      return Fail(ErrorCode::kInvalid, Cat("line ", number, " of the job makes no sense"));
    }
  }
  if (job.target.url.empty()) return Fail(ErrorCode::kInvalid, "the job names no destination");
  return job;
}

std::string ProgressLineOf(const UploadProgress& progress) {
  return FieldLine("progress")
      .Add("object", progress.object)
      .Add("sent", progress.sent)
      .Add("bytes", progress.bytes)
      .Add("paused", std::uint64_t{progress.paused})
      .Take();
}

std::string EndLineOf(const UploadEnd& end) {
  return FieldLine("end")
      .Add("problem", Name(end.problem))
      .Add("message", end.message)
      .Add("after", end.retry_after_seconds)
      .Take();
}

bool UploadTalk::Add(std::string_view bytes) {
  rest_ += bytes;
  for (;;) {
    const auto end = rest_.find('\n');
    if (end == std::string::npos) return rest_.size() <= kMostLine;
    if (!TakeLine(std::string_view(rest_).substr(0, end))) return false;
    rest_.erase(0, end + 1);
  }
}

bool UploadTalk::TakeLine(std::string_view line) {
  const auto fields = line.size() <= kMostLine ? ParseFieldLine(line) : std::nullopt;
  if (!fields || end_) return false;
  if (fields->words == "progress") {
    const auto sent = fields->Unsigned("sent"), bytes = fields->Unsigned("bytes");
    if (!sent || !bytes) return false;
    progress_ = {fields->Text("object"), *sent, *bytes, fields->Text("paused") == "1"};
    return true;
  }
  const auto problem = Named<UploadProblem>(fields->Text("problem"), kUploadProblems);
  if (fields->words != "end" || !problem) return false;
  end_ = {*problem, Printable(fields->Text("message"), 500), fields->Signed("after").value_or(0)};
  return true;
}

}  // namespace kdumpd

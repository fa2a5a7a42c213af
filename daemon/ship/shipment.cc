// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/shipment.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "daemon/core/redact_log.h"
#include "daemon/core/text.h"
#include "daemon/ship/age.h"
#include "daemon/ship/file_bytes.h"

namespace kdumpd {
namespace {

// Of a kernel log its end: there the crash is.
constexpr std::uint64_t kMostText = 16 << 20;

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += Cat(text.empty() ? "" : ",", name);
  return text;
}

Uploaded<std::string> TextOf(int file) {
  const auto mark = MarkOf(file);
  if (!mark) return std::unexpected(mark.error());
  auto input = FileInput::Open(file, *mark);
  if (!input) return std::unexpected(input.error());
  const std::uint64_t size = std::min(mark->bytes, kMostText);
  std::string text(size, '\0');
  const auto bytes = std::as_writable_bytes(std::span(text));
  if (auto read = input->Read(mark->bytes - size, bytes); !read)
    return std::unexpected(read.error());
  return text;
}

// A device may have another number after each boot.
bool IsSameFile(UploadMark then, const UploadMark& now) {
  then.device = now.device;
  return then == now;
}

Uploaded<UniqueFd> InMemory(std::string_view text) {
  UniqueFd file(memfd_create("object", MFD_CLOEXEC));
  const bool good =
      file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!good)
    return FailUpload(UploadProblem::kState,
                      Cat("memory: ", std::generic_category().message(errno)));
  return file;
}

}  // namespace

std::string Shipment::Place(std::string_view object) const {
  return Cat(in_.job.prefix, "/", object);
}

bool Shipment::IsSealed(const UploadObject& object) const {
  return !in_.job.target.recipients.empty() && (!object.small || in_.job.seal_all);
}

std::string Shipment::NameOf(const UploadObject& object) const {
  return IsSealed(object) ? object.name + ".age" : object.name;
}

JournalSteps Shipment::StepsOf(const Item& item, std::uint64_t bytes) {
  return {in_.journal, item.name, [this, &item, bytes](std::uint64_t sent) {
            if (in_.progress) in_.progress({item.name, std::min(sent, bytes), bytes, false});
          }};
}

Uploaded<void> Shipment::Run() {
  if (in_.job.task == UploadTask::kConfirm) return Confirm();
  if (in_.job.task == UploadTask::kForget) return Forget();
  if (in_.job.seal_all && in_.job.target.recipients.empty()) {
    return FailUpload(UploadProblem::kClear,
                      "uploads.encryption is required, and this destination has no recipients");
  }
  DropOthers();
  if (auto again = RestartWhatChanged(); !again) return again;
  // What is small first, so that somebody can begin while the dump is on its way.
  for (const bool small : {true, false}) {
    if (!small && in_.job.task == UploadTask::kReport) return {};
    for (std::size_t i = 0; i < in_.job.objects.size(); ++i) {
      const UploadObject& object = in_.job.objects[i];
      if (object.small != small) continue;
      const Item item{NameOf(object), in_.files[i], small, IsSealed(object), ""};
      if (auto sent = Send(item); !sent) return std::unexpected(sent.error().In(item.name));
    }
  }
  return SendManifest();
}

Uploaded<void> Shipment::Confirm() {
  for (const auto& [name, stored] : in_.job.stored) {
    if (auto held = in_.sink.Confirm(Place(name), stored); !held) {
      return std::unexpected(held.error().In(name));
    }
  }
  return {};
}

// What another configuration has begun under other names is wanted no more.
void Shipment::DropOthers() {
  std::vector<std::string> others;
  for (const auto& [name, object] : in_.journal.journal().objects) {
    const bool wanted = name == kManifestName ||
                        std::ranges::any_of(in_.job.objects, [&](const UploadObject& each) {
                          return NameOf(each) == name;
                        });
    if (!wanted && !object.upload_id.empty()) others.push_back(name);
  }
  for (const std::string& name : others) {
    if (!Drop(name)) return;  // the journal cannot be written: the first step says so
  }
}

Uploaded<void> Shipment::Drop(const std::string& name) {
  if (auto again = in_.journal.Restart(name, "unwanted"); !again) return again;
  const Item item{name, -1, false, false, ""};
  JournalSteps steps = StepsOf(item, 0);
  in_.sink.CleanUp(Place(name), steps);
  return {};
}

// What was proven stays: a report, a log.
Uploaded<void> Shipment::Forget() {
  std::vector<std::string> begun;
  for (const auto& [name, object] : in_.journal.journal().objects) {
    if (!object.stored || !object.stale_uploads.empty()) begun.push_back(name);
  }
  for (const std::string& name : begun) {
    if (auto dropped = Drop(name); !dropped) return dropped;
    if (!in_.journal.At(name).stale_uploads.empty()) {
      return FailUpload(UploadProblem::kServer, Cat(name, ": an upload was not taken back"));
    }
  }
  return {};
}

// Of another dump than was begun.
Uploaded<void> Shipment::RestartWhatChanged() {
  for (std::size_t i = 0; i < in_.job.objects.size(); ++i) {
    const auto& plan = in_.journal.At(NameOf(in_.job.objects[i])).plan;
    if (in_.job.objects[i].small || !plan) continue;
    const auto mark = MarkOf(in_.files[i]);
    if (!mark) return std::unexpected(mark.error());
    if (!IsSameFile(plan->mark, *mark)) return RestartAll(Name(UploadProblem::kChanged));
  }
  return {};
}

// The report and the log tell of the dump that was, and a manifest of all of them.
Uploaded<void> Shipment::RestartAll(std::string_view why) {
  std::vector<std::string> begun;
  for (const auto& [name, object] : in_.journal.journal().objects) {
    if (object.plan) begun.push_back(name);
  }
  for (const std::string& name : begun) {
    if (auto again = in_.journal.Restart(name, why); !again) return again;
  }
  return {};
}

Uploaded<void> Shipment::Send(const Item& item) {
  if (!item.small) return SendFile(item, item.file);
  if (in_.journal.At(item.name).stored) return {};
  auto text = TextOf(item.file);
  if (!text) return std::unexpected(text.error());
  Item with_text = item;
  const bool redact = in_.job.target.redact_log && !item.name.starts_with(kReportName);
  with_text.text = redact ? RedactLog(*text) : *std::move(text);
  return SendText(with_text);
}

// A text is made anew each time, and so is its key.
Uploaded<void> Shipment::SendText(const Item& item) {
  if (in_.journal.At(item.name).plan) {
    if (auto again = in_.journal.Restart(item.name, "again"); !again) return again;
  }
  const auto file = InMemory(item.text);
  if (!file) return std::unexpected(file.error());
  return SendFile(item, file->get());
}

// How it is made: as it was begun, while that can be gone on with.
Uploaded<UploadPlan> Shipment::PlanFor(const Item& item, const UploadMark& mark) {
  const std::string recipients = item.sealed ? Joined(in_.job.target.recipients) : "";
  if (const auto& plan = in_.journal.At(item.name).plan) {
    const bool same = IsSameFile(plan->mark, mark);
    if (same && plan->recipients == recipients) {
      UploadPlan now = *plan;
      now.mark = mark;
      return now;
    }
    const std::string_view why = same ? "recipients" : "changed";
    if (auto again = in_.journal.Restart(item.name, why); !again) {
      return std::unexpected(again.error());
    }
  }
  UploadPlan plan;
  plan.mark = mark;
  plan.stored_bytes = mark.bytes;
  if (item.sealed) {
    auto sealed = PlanEncryption(plan, in_.job.target.recipients);
    if (!sealed) return std::unexpected(sealed.error());
    plan = *std::move(sealed);
    plan.recipients = recipients;
  }
  const auto part = in_.sink.PartBytes(plan.stored_bytes);
  if (!part) return std::unexpected(part.error());
  plan.part_bytes = *part;
  if (auto kept = in_.journal.Plan(item.name, plan); !kept) return std::unexpected(kept.error());
  return plan;
}

Uploaded<void> Shipment::SendFile(const Item& item, int file) {
  const auto mark = MarkOf(file);
  if (!mark) return std::unexpected(mark.error());
  const auto plan = PlanFor(item, *mark);
  if (!plan) return std::unexpected(plan.error());
  if (in_.journal.At(item.name).stored) return {};
  auto source = OpenSource(file, *plan);
  if (!source) return std::unexpected(source.error());
  JournalSteps steps = StepsOf(item, plan->stored_bytes);
  auto sent = in_.sink.Send(Place(item.name), **source, steps);
  if (sent) sent = Prove(item, **source, steps);
  if (sent) return {};
  const UploadProblem problem = sent.error().problem;
  if (problem == UploadProblem::kChanged || problem == UploadProblem::kMismatch) {
    // With a new key: what was sent under the old one is of other bytes.
    const auto again = problem == UploadProblem::kChanged
                           ? RestartAll(Name(problem))
                           : in_.journal.Restart(item.name, Name(problem));
    if (!again) return again;
    in_.sink.CleanUp(Place(item.name), steps);
  }
  return sent;
}

Uploaded<void> Shipment::Prove(const Item& item, Source& source, JournalSteps& steps) {
  auto stored = in_.sink.Verify(Place(item.name), source, steps);
  if (!stored) return std::unexpected(stored.error());
  if (auto same = source.Check(); !same) return same;
  const auto whole = source.Whole();
  if (!whole) return std::unexpected(whole.error());
  stored->plain_bytes = in_.journal.At(item.name).plan->mark.bytes;
  stored->stored_bytes = source.bytes();
  stored->plain_sha256 = whole->plain_sha256;
  stored->stored_sha256 = whole->stored_sha256;
  stored->stored_at = in_.journal.Now();
  source.DropBefore(source.bytes());
  if (auto kept = in_.journal.Stored(item.name, *stored); !kept) return kept;
  in_.sink.CleanUp(Place(item.name), steps);
  return {};
}

Uploaded<void> Shipment::SendManifest() {
  if (in_.journal.At(kManifestName).stored) return {};
  ManifestInput input{in_.job, {}, {}};
  for (const UploadObject& object : in_.job.objects) {
    const std::string name = NameOf(object);
    const auto& stored = in_.journal.At(name).stored;
    if (!stored) return FailUpload(UploadProblem::kState, Cat("the journal does not know ", name));
    input.objects.emplace_back(name, *stored);
    if (IsSealed(object)) input.encrypted.push_back(name);
  }
  return SendText({std::string(kManifestName), -1, true, false, in_.manifest(input)});
}

}  // namespace kdumpd

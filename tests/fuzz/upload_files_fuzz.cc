// SPDX-License-Identifier: Apache-2.0
// What the daemon, kdumpd-ship and people leave for an upload: journal, job, credentials; and what
// kdumpd-ship says. What was read is, when it is written and read again, the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/upload_job.h"
#include "daemon/core/upload_journal.h"
#include "daemon/ship/credentials.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void Journal(std::string_view text) {
  kdumpd::UploadJournal journal;
  const std::size_t believed = kdumpd::AddToJournal(text, journal);
  Require(believed <= text.size() && (believed == 0 || text[believed - 1] == '\n'));
  // Cut off there it says the same, and takes further lines.
  const auto again = kdumpd::ParseUploadJournal(text.substr(0, believed));
  Require(again.objects.size() == journal.objects.size());
  for (const auto& [name, object] : journal.objects) {
    const auto* same = again.Find(name);
    Require(same != nullptr && same->plan == object.plan && same->stored == object.stored);
    Require(same->upload_id == object.upload_id && same->parts.size() == object.parts.size());
    if (!object.plan) continue;
    const auto line = kdumpd::PlanLine(name, *object.plan, object.begun_at);
    const auto read = kdumpd::ParseUploadJournal(line);
    Require(read.Find(name) != nullptr && read.Find(name)->plan == object.plan);
    for (const auto& [number, part] : object.parts) {
      const auto parts = kdumpd::ParseUploadJournal(line + PartLine(name, number, part));
      Require(parts.Find(name)->parts.at(number).etag == part.etag);
    }
  }
}

void Job(std::string_view text) {
  const auto job = kdumpd::ParseJob(text);
  if (!job) {
    Require(!job.error().message.empty());
    return;
  }
  const std::string encoded = kdumpd::EncodeJob(*job);
  const auto again = kdumpd::ParseJob(encoded);
  Require(again && kdumpd::EncodeJob(*again) == encoded);
}

// However the bytes come, the same is heard.
void Talk(std::string_view text) {
  kdumpd::UploadTalk whole, piecemeal;
  const bool good = whole.Add(text);
  bool good_piecemeal = true;
  for (std::size_t i = 0; good_piecemeal && i < text.size(); ++i) {
    good_piecemeal = piecemeal.Add(text.substr(i, 1));
  }
  Require(good == good_piecemeal);
  if (!good) return;
  Require(whole.end().has_value() == piecemeal.end().has_value());
  if (!whole.end()) return;
  kdumpd::UploadTalk repeated;
  Require(repeated.Add(kdumpd::EndLineOf(*whole.end())) && repeated.end());
  Require(repeated.end()->problem == whole.end()->problem);
  Require(repeated.end()->retry_after_seconds == whole.end()->retry_after_seconds);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Journal(text);
  Job(text);
  Talk(text);
  const auto key = kdumpd::ParseAwsCredentials(text);
  Require(key ? !key->id.empty() && !key->secret.empty() : !key.error().message.empty());
  return 0;
}

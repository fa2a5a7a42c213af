// SPDX-License-Identifier: Apache-2.0
#include "daemon/shipping.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "daemon/core/crash_inventory.h"
#include "daemon/core/text.h"
#include "daemon/host/memory_file.h"
#include "daemon/host/named_dump.h"
#include "daemon/host/open_kind.h"
#include "daemon/inspecting.h"
#include "daemon/render/crashes_text.h"
#include "daemon/render/inspection_json.h"
#include "daemon/render/redacted_report.h"
#include "daemon/render/render.h"

namespace kdumpd {
namespace {

// What daemon/ship/credentials.cc looks at.
constexpr std::array<const char*, 7> kEnvironment{
    "AWS_ACCESS_KEY_ID",           "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",          "AWS_ROLE_SESSION_NAME",
    "AWS_ENDPOINT_URL_STS"};
constexpr std::string_view kKexecLog = "kexec-dmesg.log", kLog = "vmcore-dmesg.txt";

// Of what is there of the dump: its writer's word that it is not all is in the name too.
std::string DumpName(const CrashRecord& record) {
  return record.state == DumpState::kIncomplete ? "vmcore-incomplete" : "vmcore";
}

std::string DirectoryIn(const ShippingInput& input, const CrashRecord& record) {
  return DirectoryOf(record, input.state.facts.dumps.source());
}

std::string ReportOf(const ShippingInput& input, const CrashRecord& record) {
  const auto json = input.store.Report(record.id);
  const auto report = json && !json->empty() ? ParseInspection(*json) : Result<Inspection>();
  const bool told = json && !json->empty() && report;
  Crash crash;
  for (const Crash& each : CrashesOf(input.state)) {
    if (each.record != nullptr && each.record->id == record.id) crash = each;
  }
  if (crash.record == nullptr) crash.record = &record;
  return CrashDocument(input.state, crash, told ? &*report : nullptr);
}

class Packer {
 public:
  Packer(const ShippingInput& input, const CrashRecord& record, bool redact)
      : input_(input), record_(record), redact_(redact) {}

  Uploaded<Shipping> Pack(bool with_dump) {
    if (auto report = AddReport(); !report) return std::unexpected(report.error());
    if (auto dump = AddDump(with_dump); !dump) return std::unexpected(dump.error());
    AddKexecLog();
    return std::move(shipping_);
  }

 private:
  void Add(std::string name, bool small, UniqueFd file) {
    shipping_.job.objects.push_back({std::move(name), small});
    shipping_.files.push_back(std::move(file));
  }

  Uploaded<void> AddReport() {
    const std::string report = ReportOf(input_, record_);
    auto file = MemoryFile(redact_ ? RedactedReport(report) : report);
    if (!file) return FailUpload(UploadProblem::kState, file.error().message);
    Add(std::string(kReportName), true, *std::move(file));
    return {};
  }

  Uploaded<void> AddDump(bool with_dump) {
    const std::string path = Cat(DirectoryIn(input_, record_), '/', record_.main());
    Named dump = OpenNamed(&input_.root, path);
    if (!dump) {
      return FailUpload(UploadProblem::kSource,
                        Cat("the dump cannot be opened: ", dump.error().wholeness.reason));
    }
    const FileMark mark = MarksOf(dump->files).front();
    if (!IsSameDump({mark.device, mark.inode, mark.bytes, mark.mtime}, record_.mark)) {
      return FailUpload(UploadProblem::kChanged, "it is another file than was inspected");
    }
    if (dump->parts_unreadable) {
      return FailUpload(UploadProblem::kSource, "a part of the split dump cannot be opened");
    }
    if (record_.vmcore.empty()) {
      const bool kexec = RoleOf(record_.log) == DumpRole::kKexecDmesg;
      Add(std::string(kexec ? kKexecLog : kLog), true, std::move(dump->files.front()));
      return {};
    }
    AddLog();
    if (!with_dump) return {};
    for (const FileMark& part : MarksOf(dump->files)) shipping_.bytes += part.bytes;
    const std::string name = DumpName(record_);
    for (std::size_t i = 0; i < dump->files.size(); ++i) {
      Add(i == 0 ? name : Cat(name, "-part", i + 1), false, std::move(dump->files[i]));
    }
    return {};
  }

  void AddLog() {
    if (record_.log.empty() || RoleOf(record_.log) == DumpRole::kKexecDmesg) return;
    AddBeside(record_.log, kLog);
  }
  void AddKexecLog() {
    if (!record_.directory.empty() && !record_.vmcore.empty())
      AddBeside("kexec-dmesg.log", kKexecLog);
  }
  // What is not there is not there: the dump is what counts.
  void AddBeside(const std::string& file, std::string_view name) {
    const auto place = input_.root.OpenDirectory(DirectoryIn(input_, record_));
    if (!place) return;
    auto log = OpenKindAt(place->get(), file, S_IFREG);
    if (log) Add(std::string(name), true, *std::move(log));
  }

  const ShippingInput& input_;
  const CrashRecord& record_;
  bool redact_;
  Shipping shipping_;
};

UploadJob JobFor(const ShippingInput& input, const CrashRecord& record,
                 const UploadTarget& target) {
  UploadJob job;
  job.target = target;
  job.prefix = UploadPrefix(input.policy, input.state.node, record.id);
  job.seal_all = input.policy.seal_required;
  job.pressure = input.policy.pressure;
  for (const char* name : kEnvironment) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    if (value != nullptr) job.environment.emplace(name, value);
  }
  return job;
}

}  // namespace

std::vector<int> Shipping::fds() const {
  std::vector<int> fds(files.size());
  std::ranges::transform(files, fds.begin(), &UniqueFd::get);
  return fds;
}

Uploaded<Shipping> PackShipping(const ShippingInput& input, const CrashRecord& record,
                                const UploadTarget& target, UploadTask task) {
  if (task == UploadTask::kForget) {
    Shipping forgetting;
    forgetting.job = JobFor(input, record, target);
    forgetting.job.task = task;
    return forgetting;
  }
  const std::string duplicate =
      input.state.crashes ? DuplicateOf(*input.state.crashes, record, target) : "";
  auto shipping = Packer(input, record, target.redact_log).Pack(duplicate.empty());
  if (!shipping) return shipping;
  std::vector<UploadObject> objects = std::move(shipping->job.objects);
  shipping->job = JobFor(input, record, target);
  shipping->job.task = task;
  shipping->job.objects = std::move(objects);
  shipping->job.about = {{"id", record.id},
                         {"cluster", input.policy.cluster},
                         {"node", input.state.node},
                         {"crash_time", Rfc3339(record.crash_time)},
                         {"kernel_release", record.kernel_release},
                         {"dump_state", std::string(Name(record.state))},
                         {"signature", record.signature},
                         {"duplicate_of", duplicate}};
  return shipping;
}

UploadJob ConfirmJob(const ShippingInput& input, const CrashRecord& record,
                     const UploadTarget& target) {
  UploadJob job = JobFor(input, record, target);
  job.task = UploadTask::kConfirm;
  const auto upload = record.uploads.find(target.name);
  if (upload != record.uploads.end()) job.stored = upload->second.objects;
  return job;
}

std::string PlaceOf(const UploadTarget& target, std::string_view prefix) {
  return Cat(target.url, target.url.ends_with('/') ? "" : "/", prefix);
}

}  // namespace kdumpd

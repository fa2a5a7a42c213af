// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/still_stored.h"

#include <span>

#include "daemon/core/text.h"
#include "daemon/core/upload_plan.h"
#include "daemon/host/memory_file.h"
#include "daemon/host/ship_process.h"
#include "daemon/shipping.h"

namespace kdumpd {
namespace {

// Why that destination does not, or cannot be asked; "" it holds all of it.
std::string Ask(const CrashesView& view, const Config& config, const CrashRecord& record,
                const UploadTarget& target) {
  const ShippingInput input{view.root, view.state, *view.store, config.uploads};
  const UploadJob job = ConfirmJob(input, record, target);
  // An upload without objects proves nothing.
  if (!job.stored.contains(kManifestName)) return "the record does not know what is there";
  const auto journal = MemoryFile("");
  if (!journal) return journal.error().message;
  auto process = ShipProcess::Start(job, journal->get(), {});
  if (!process) return process.error().message;
  const UploadEnd end = WaitFor(*process, {});
  if (end.problem == UploadProblem::kNone) return "";
  return Cat(Name(end.problem), ": ", end.message);
}

}  // namespace

std::string StillStored(const CrashesView& view, const Config& config, const CrashRecord& record) {
  const UploadPolicy& policy = config.uploads;
  if (policy.required == StoredWhere::kNowhere || policy.targets.empty()) return "";
  if (std::string missing = NotStored(record, policy); !missing.empty()) return missing;
  std::string problems;
  for (const UploadTarget& target : policy.targets) {
    UploadPolicy alone = policy;
    alone.targets = {target};
    std::string problem = NotStored(record, alone);
    if (problem.empty()) problem = Ask(view, config, record, target);
    if (problem.empty() && policy.required == StoredWhere::kAny) return "";
    if (!problem.empty()) {
      problems += Cat(problems.empty() ? "" : "; ", target.name, ": ", problem);
    }
  }
  return problems;
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/state.h"
#include "daemon/core/unique_fd.h"
#include "daemon/core/upload_job.h"
#include "daemon/core/upload_plan.h"
#include "daemon/host/host_root.h"
#include "daemon/host/record_store.h"

// What the daemon and `kdumpd crashes send` ask of kdumpd-ship: the same of the same crash, or one
// could not go on where the other has stopped.
namespace kdumpd {

struct Shipping {
  UploadJob job;
  std::vector<UniqueFd> files;  // of job.objects
  std::uint64_t bytes = 0;      // of the dump
  [[nodiscard]] std::vector<int> fds() const;
};

struct ShippingInput {
  const HostRoot& root;
  const State& state;        // node, crashes, boots, where the dumps are
  const RecordStore& store;  // the report
  const UploadPolicy& policy;
};

// To forget needs no file. kSource: the dump, or a part of it, cannot be opened; kChanged: it is
// not what the record tells of.
[[nodiscard]] Uploaded<Shipping> PackShipping(const ShippingInput& input, const CrashRecord& record,
                                              const UploadTarget& target, UploadTask task);
// To ask again whether all that was proven is still there.
[[nodiscard]] UploadJob ConfirmJob(const ShippingInput& input, const CrashRecord& record,
                                   const UploadTarget& target);

// Where its objects are: "s3://bucket/prefix/cluster/node/id".
[[nodiscard]] std::string PlaceOf(const UploadTarget& target, std::string_view prefix);

}  // namespace kdumpd

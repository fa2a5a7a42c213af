// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/upload_job.h"

namespace kdumpd {

// docs/schema/manifest.schema.json: what a store holds of one crash. It is the last thing that is
// sent: without it the rest is not whole. `objects` in the order in which they were sent.
[[nodiscard]] std::string ManifestJson(
    const UploadJob& job, const std::vector<std::pair<std::string, StoredObject>>& objects,
    const std::vector<std::string>& encrypted);

}  // namespace kdumpd

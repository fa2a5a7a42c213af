// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/core/crash_record.h"
#include "daemon/core/state.h"
#include "daemon/render/text_rows.h"

namespace kdumpd {

// Where a crash is stored, a row for each destination: "central: verified 2026-..., by its etag".
[[nodiscard]] std::string UploadRows(const State& state, const CrashRecord& record);
// The same in one word for a list; of several destinations the worst.
[[nodiscard]] TableField UploadField(const CrashRecord& record);

}  // namespace kdumpd

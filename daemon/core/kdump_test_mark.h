// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/core/error.h"

namespace kdumpd {

// What `kdumpctl test` has left: /var/lib/kdump/vmcore-creation.status, "success
// kdump_test_id=1795000000-123456789". A rebuild of the initramfs removes it. kdump-utils kdumpctl,
// dracut/99kdumpbase/kdump.sh.
struct KdumpTestMark {
  enum class Status {
    kPending,  // its crash is to come, or has come and nobody has asked `kdumpctl status` since
    kSuccess,
    kFail,
    kManual,  // the target must be looked at by a person
  };
  Status status = Status::kPending;
  std::int64_t test_time = 0;   // when the test began; 0: it does not say
  std::int64_t written_at = 0;  // the file's time

  friend bool operator==(const KdumpTestMark&, const KdumpTestMark&) = default;
};
inline constexpr int kKdumpTestStatuses = 4;
[[nodiscard]] std::string_view Name(KdumpTestMark::Status status);

// `text`: the whole file, of which nothing is trusted. kInvalid: its first word is no status.
[[nodiscard]] Result<KdumpTestMark> ParseKdumpTestMark(std::string_view text);

}  // namespace kdumpd

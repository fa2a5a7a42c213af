// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "daemon/core/upload.h"

namespace kdumpd {

std::string_view Name(UploadState state) {
  constexpr std::array<std::string_view, kUploadStates> kNames{"queued", "sending", "verified",
                                                               "gave_up"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view Name(UploadProof proof) {
  constexpr std::array<std::string_view, kUploadProofs> kNames{"none", "etag", "checksum",
                                                               "read_back"};
  return kNames[static_cast<std::size_t>(proof)];
}

std::string_view Name(UploadProblem problem) {
  constexpr std::array<std::string_view, kUploadProblems> kNames{
      "none",        "unreachable", "timeout", "throttled", "server",
      "credentials", "trust",       "refused", "mismatch",  "changed",
      "source",      "state",       "helper",  "config",    "clear"};
  return kNames[static_cast<std::size_t>(problem)];
}

}  // namespace kdumpd

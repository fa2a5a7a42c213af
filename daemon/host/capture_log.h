// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/host/host_root.h"

namespace kdumpd {

// The text of the capture kernel's log (DumpRole::kKexecDmesg) in a dump directory: its first 64
// KiB and its last 448 KiB, joined by a newline; hostile. "" without one, or when it cannot be
// read. Without one also the few words that makedumpfile left where the dump should be.
// `dump_directory`: one name below the crash directory; no symbolic link is followed from there on,
// and only a regular file is read.
[[nodiscard]] std::string ReadCaptureLog(const HostRoot& root, const std::string& crash_directory,
                                         const std::string& dump_directory);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/kdump_config.h"

// What the three readers of the configuration share.
namespace kdumpd {

[[nodiscard]] KdumpConfig ParseKdumpConf(std::string_view text);
[[nodiscard]] KdumpConfig ParseKdumpTools(std::string_view text);
[[nodiscard]] KdumpConfig ParseSuseSysconfig(std::string_view text);

inline constexpr bool kFatal = true;
inline constexpr bool kWarning = false;

// Keeps the first 200 problems: a hostile file must not grow the report without end.
void AddProblem(KdumpConfig& config, int line, bool fatal, std::string_view reason,
                std::string message);

// A token for a message: quoted, printable, clipped, secrets removed.
[[nodiscard]] std::string Quoted(std::string_view token);

// "user:secret@host" -> "user:***@host"; text without a password stays as it is.
[[nodiscard]] std::string WithoutPassword(std::string_view authority);

// host:/export, as mount.nfs wants it; a literal IPv6 address stands in brackets.
[[nodiscard]] bool IsNfsExport(std::string_view spec);

// Lower case, ASCII only: file contents do not follow the locale.
[[nodiscard]] std::string Lower(std::string_view text);

}  // namespace kdumpd

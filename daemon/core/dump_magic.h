// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/core/byte_order.h"
#include "daemon/core/dump.h"

// What a file is by its first bytes.
namespace kdumpd {

// kNone for no bytes, kOther for what is none of ours; no more than the magic was looked at.
[[nodiscard]] DumpFormat FormatOf(Bytes head);
// The program that compressed the whole file, where FormatOf() is kCompressedFile: "gzip", "bzip2",
// "xz", "lz4", "zstd", "lzop"; else "".
[[nodiscard]] std::string_view ContainerOf(Bytes head);
// Not empty and nothing but zeros: a file whose data never came to the disk.
[[nodiscard]] bool IsZeroFilled(Bytes head);
// makedumpfile's words instead of a dump: until it has come to its -F, which kdump-config puts
// last, it talks to standard output, and that is the dump's file. `bytes`: size of the file.
[[nodiscard]] bool IsCollectorsRefusal(Bytes head, std::uint64_t bytes);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/kdump_config.h"

// The files that the capture kernel's initramfs is made of. kdump-utils kdumpctl
// check_files_modified, SUSE mkdumprd initrd_up_to_date, Debian kdump-config.
namespace kdumpd {

enum class InputRole { kConfig, kKernel, kHook, kHookDirectory, kProgram, kFstab, kSsh, kNetwork };

struct ImageInput {
  std::string path;
  InputRole role = InputRole::kConfig;
  bool tracked = false;   // the tool itself rebuilds the image when this is newer
  bool required = false;  // the next start refuses without it
};

// What was found at one of them.
struct InputFile {
  ImageInput input;
  bool exists = false;
  bool regular = false;
  std::uint32_t mode = 0;
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;   // seconds since the epoch, of link or target, whichever is newer
  std::string interpreter;  // of a hook script: "/bin/sh"; "" for a binary
  std::string problem;      // why it could not be looked at; "" when it could
};

}  // namespace kdumpd

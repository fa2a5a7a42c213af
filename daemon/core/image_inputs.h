// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/kdump_config.h"
#include "daemon/core/profile.h"
#include "daemon/core/target.h"

// The files that the capture kernel's initramfs is made of. kdump-utils kdumpctl
// check_files_modified, SUSE mkdumprd, Debian kdump-config check_sysctl_change.
namespace kdumpd {

enum class InputRole {
  kConfig,            // copied into the image and read by the load
  kLoadSettings,      // read by the load only, not in the image
  kKernel,            // the kernel, its modules, its settings
  kHook,              // a script or program that the configuration names
  kHookDirectory,     // its executable files are hooks
  kHookEntry,         // a file in such a directory
  kProgram,           // the collector
  kFstab,             //
  kSshKey,            // the private key of an ssh target
  kSsh,               // what else ssh reads
  kNetwork,           // names, addresses, fencing
  kNetworkDirectory,  // its files are network profiles
};

struct ImageInput {
  std::string path;  // a name without '/' is looked for in PATH
  InputRole role = InputRole::kConfig;
  bool tracked = false;   // the tool itself rebuilds the image when this is newer
  bool required = false;  // the next start refuses without it
  std::string key;        // the directive that names it; "" for none
};

// What was found at one of them.
struct InputFile {
  ImageInput input;
  bool exists = false;
  bool regular = false;
  std::uint32_t mode = 0;
  std::uint64_t bytes = 0;
  std::int64_t mtime = 0;   // seconds since the epoch, of link or target, whichever is newer
  bool generated = false;   // some program writes it anew at each boot: its time says nothing
  std::string interpreter;  // of a hook script: "/bin/sh"; "" for a binary
  bool interpreter_missing = false;
  std::string problem;  // why it could not be looked at; "" when it could
};

inline constexpr std::size_t kMaxImageInputs = 256;

// What the image of this node is made of, none twice, at most kMaxImageInputs. Patterns ('*') are
// left out. force_rebuild and force_no_rebuild change what is tracked. Empty `kernel_release`: not
// known.
[[nodiscard]] std::vector<ImageInput> ImageInputs(Distribution distribution,
                                                  const KdumpConfig& config, const Target& target,
                                                  std::string_view kernel_release);

// The program that a script's first line names, as the kernel cuts it (fs/binfmt_script.c); "" when
// the file begins otherwise.
[[nodiscard]] std::string ScriptInterpreter(std::string_view head);

// Whether a file of names or addresses says that a program keeps it (NetworkManager, cloud-init,
// OpenShift's node resolver ...).
[[nodiscard]] bool SaysGenerated(std::string_view text);

}  // namespace kdumpd

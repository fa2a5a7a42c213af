// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/observe_parts.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, 6> kPath{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                                "/usr/bin",        "/sbin",          "/bin"};
constexpr std::size_t kMaxEntries = 128;  // of a hook or profile directory
constexpr std::size_t kScriptHead = 256;  // the kernel looks no further (BINPRM_BUF_SIZE)
// configure-ovs.sh writes these profiles anew at each boot of an OpenShift node.
constexpr std::array<std::string_view, 2> kOvsProfiles{"ovs-", "br-ex"};

using Files = std::vector<InputFile>;

// When `path` is a symbolic link, its own time; kdumpctl compares both.
std::int64_t LinkTime(const HostRoot& root, const std::string& path) {
  const auto slash = path.rfind('/');
  const auto directory = root.OpenPath(slash == 0 ? "/" : path.substr(0, slash));
  struct stat status{};
  if (!directory || fstatat(directory->get(), path.c_str() + slash + 1, &status,
                            AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
    return 0;
  }
  return S_ISLNK(status.st_mode) ? status.st_mtim.tv_sec : 0;
}

void ReadInterpreter(const HostRoot& root, InputFile& file) {
  auto fd = root.OpenFile(file.input.path);
  const auto head = fd ? ReadAt(fd->get(), 0, kScriptHead)
                       : Result<std::string>(std::unexpected(std::move(fd).error()));
  if (!head) {
    file.problem = head.error().message;
    return;
  }
  file.interpreter = ScriptInterpreter(*head);
  if (file.interpreter.empty()) return;
  const auto found = root.Stat(file.interpreter);
  file.interpreter_missing =
      !found && (found.error().code == ErrorCode::kNotFound || !file.interpreter.starts_with('/'));
}

// A link into /run, or a text that names the program that keeps it.
bool IsGenerated(const HostRoot& root, const std::string& path) {
  const auto entry = root.Stat(path);
  const std::string_view resolved = entry ? std::string_view(entry->resolved) : "";
  if (resolved.starts_with("/run/") || resolved.starts_with("/var/run/")) return true;
  const auto text = root.Read(path);
  return text && SaysGenerated(*text);
}

// Where the shell finds a bare name; the name itself when nowhere.
std::string InPath(const HostRoot& root, const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  for (const std::string_view directory : kPath) {
    std::string path = Cat(directory, '/', name);
    const auto entry = root.Stat(path);
    if (entry || entry.error().code != ErrorCode::kNotFound) return path;
  }
  return name;
}

InputFile LookAtInput(const HostRoot& root, ImageInput input) {
  InputFile file;
  input.path = InPath(root, input.path);
  file.input = std::move(input);
  const std::string& path = file.input.path;
  if (!path.starts_with('/')) return file;  // in no directory of PATH
  const auto entry = root.Stat(path);
  if (!entry) {
    if (entry.error().code != ErrorCode::kNotFound) file.problem = entry.error().message;
    return file;
  }
  file.exists = true;
  file.regular = S_ISREG(entry->status.st_mode);
  file.mode = entry->status.st_mode & 07777;
  file.bytes = static_cast<std::uint64_t>(std::max<off_t>(0, entry->status.st_size));
  file.mtime = entry->status.st_mtim.tv_sec;
  if (entry->resolved != path) file.mtime = std::max(file.mtime, LinkTime(root, path));
  const InputRole role = file.input.role;
  const bool script = role == InputRole::kHook || role == InputRole::kHookEntry;
  if (script && file.regular) ReadInterpreter(root, file);
  return file;
}

// A shell's '*' leaves hidden names out, NetworkManager too.
bool Wanted(InputRole directory, std::string_view name) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (name.starts_with('.')) return false;
  return directory == InputRole::kHookDirectory || std::ranges::none_of(kOvsProfiles, begins);
}

// The files of `files[at]`, a directory; what hinders it becomes that directory's problem.
void AddEntries(const HostRoot& root, std::size_t at, Files& files) {
  const ImageInput directory = files[at].input;
  const auto list = NamesIn(root, directory.path, kMaxEntries);
  if (!list) {
    files[at].problem = list.error().message;
    return;
  }
  if (list->clipped) {
    files[at].problem = Cat("more than ", kMaxEntries, " entries: not all were looked at");
  }
  const bool hooks = directory.role == InputRole::kHookDirectory;
  for (const std::string& name : list->names) {
    if (!Wanted(directory.role, name)) continue;
    ImageInput entry{Cat(directory.path, '/', name),
                     hooks ? InputRole::kHookEntry : InputRole::kNetwork,
                     directory.tracked,
                     false,
                     {}};
    InputFile file = LookAtInput(root, std::move(entry));
    const bool ignored = hooks && (file.mode & 0111) == 0;
    if (ignored) file.input.tracked = false;
    files.push_back(std::move(file));
  }
}

bool IsDirectoryRole(InputRole role) {
  return role == InputRole::kHookDirectory || role == InputRole::kNetworkDirectory;
}

Files LookAtInputs(const HostRoot& root, std::vector<ImageInput> inputs) {
  Files files;
  const bool clipped = inputs.size() >= kMaxImageInputs;
  for (ImageInput& input : inputs) {
    files.push_back(LookAtInput(root, std::move(input)));
    InputFile& file = files.back();
    if (file.input.role == InputRole::kNetwork && file.regular) {
      file.generated = IsGenerated(root, file.input.path);
    }
    if (file.exists && IsDirectoryRole(file.input.role)) {
      AddEntries(root, files.size() - 1, files);
    }
  }
  if (clipped) {
    files.front().problem = Cat("it names more than ", kMaxImageInputs, " files");
  }
  return files;
}

}  // namespace

void ObserveImageInputs(const HostRoot& root, Facts& facts) {
  using Inputs = Fact<Files>;
  const std::string blind = Blind(facts);
  if (!blind.empty()) {
    facts.image_inputs = Inputs::Unreadable(facts.mounts.source(), blind);
    return;
  }
  if (!facts.config.known()) {
    facts.image_inputs = Inputs::Like(facts.config);
    return;
  }
  Target target;
  target.kind = facts.config->target.kind;
  target.spec = facts.config->target.spec;
  if (facts.target.known()) target = facts.target.value();
  auto inputs = ImageInputs(facts.distribution, facts.config.value(), target,
                            facts.kernel_release.ValueOr(""));
  facts.image_inputs = Inputs::Known(LookAtInputs(root, std::move(inputs)), facts.config.source());
}

}  // namespace kdumpd

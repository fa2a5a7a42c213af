// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/http.h"
#include "tests/support/process.h"

namespace kdumpd {

// A directory of the test's own, removed with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "kdumpd-test-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

// A small node that is ready: RHEL 9, as files.
inline void WriteReadyNode(const ScratchDirectory& at) {
  const std::map<std::string, std::string> files{
      {"root/proc/cmdline",
       "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0-427.el9.x86_64 ro crashkernel=256M\n"},
      {"root/proc/iomem",
       "00001000-7fffffff : System RAM\n  67000000-76ffffff : Crash kernel\n100000000-47fffffff : "
       "System RAM\n"},
      {"root/proc/meminfo",
       "MemTotal:       15990000 kB\nMemFree:        12000000 kB\nSlab:             200000 kB\n"},
      {"root/proc/1/mountinfo", "1 0 8:1 / / rw,relatime - xfs /dev/sda1 rw\n"},
      {"root/proc/sys/kernel/osrelease", "5.14.0-427.el9.x86_64\n"},
      {"root/proc/sys/kernel/arch", "x86_64\n"},
      {"root/proc/sys/kernel/panic_on_oops", "1\n"},
      {"root/proc/sys/kernel/panic", "10\n"},
      {"root/proc/sys/kernel/kexec_load_disabled", "0\n"},
      {"root/proc/sys/kernel/random/boot_id", "6f3c1a52-4a1e-4c55-9a6e-3f2b8e1d7c90\n"},
      {"root/sys/kernel/kexec_crash_loaded", "1\n"},
      {"root/sys/kernel/kexec_crash_size", "268435456\n"},
      {"root/etc/os-release",
       "ID=rhel\nVERSION_ID=9.4\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.4\"\n"},
      {"root/etc/kdump.conf",
       "path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n"},
      {"root/boot/initramfs-5.14.0-427.el9.x86_64kdump.img",
       std::string("\x1f\x8b\x08\0", 4) + std::string(64, 'x')},
  };
  for (const auto& [name, text] : files) at.Write(name, text);
  std::filesystem::create_directories(at.path() / "root/var/crash");
}

// `kdumpd run` over such a node, on a port of its own.
class Daemon {
 public:
  explicit Daemon(const ScratchDirectory& at, const std::vector<std::string>& more = {},
                  const std::string& name = "kdumpd.log",
                  const std::string& program = KDUMPD_BINARY)
      : process_(Arguments(at, more, program), at.path() / name) {}

  // "http://127.0.0.1:PORT" once it listens; "" when it never does.
  std::string Url() {
    Eventually([this] {
      const std::string log = process_.Output();
      const auto at = log.find("listening=");
      if (at == std::string::npos) return process_.Wait(std::chrono::milliseconds(0)).has_value();
      const auto begin = at + 10;
      url_ = "http://" + log.substr(begin, log.find_first_of("\n, ", begin) - begin);
      return log.find('\n', at) != std::string::npos;
    });
    return url_;
  }
  HttpAnswer Get(const std::string& path) { return HttpGet(Url() + path); }
  // Whether `text` comes to stand in the metrics within `limit`.
  bool Shows(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    return Eventually([&] { return Get("/metrics").body.find(text) != std::string::npos; }, limit);
  }
  Process& process() { return process_; }

 private:
  static std::vector<std::string> Arguments(const ScratchDirectory& at,
                                            const std::vector<std::string>& more,
                                            const std::string& program) {
    std::vector<std::string> arguments{program,
                                       "run",
                                       "--path.rootfs=" + (at.path() / "root").string(),
                                       "--path.state=" + (at.path() / "state").string(),
                                       "--web.listen-address=127.0.0.1:0",
                                       "--observe.interval=1s",
                                       "--observe.settle=1s",
                                       "--node.name=node-1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Process process_;
  std::string url_;
};

}  // namespace kdumpd

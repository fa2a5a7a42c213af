// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/block_device.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/kernel_files.h"

namespace kdumpd {
namespace {

constexpr std::string_view kBlock = "/sys/dev/block";
constexpr std::string_view kCaptureKeys = "/sys/kernel/config/crash_dm_crypt_keys/count";
constexpr std::size_t kSmallFile = 4096;
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxDevices = 64;
constexpr std::uint64_t kSector = 512;  // of /sys/block/*/size, whatever the device's own is

// "" for a file that is not there or says nothing.
std::string ReadLine(const HostRoot& root, const std::string& path) {
  const auto text = root.Read(path, kSmallFile);
  return text ? std::string(Trim(*text)) : "";
}

std::string_view LastName(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view ParentOf(std::string_view path) { return path.substr(0, path.rfind('/')); }

// "usb1" and its like in the device's place in /sys.
bool OnUsb(std::string_view place) {
  return std::ranges::any_of(Split(place, '/'), [](std::string_view part) {
    return part.starts_with("usb") && part.size() > 3 && part[3] >= '0' && part[3] <= '9';
  });
}

struct Layer {
  std::string place;  // below /sys/devices
  std::size_t depth = 0;
};

// What a device is made of: its slaves, and the disk of a partition.
class Stack {
 public:
  Stack(const HostRoot& root, BlockDevice& device) : root_(root), device_(device) {}

  Result<void> Follow(std::string place) {
    todo_.push_back({std::move(place), 0});
    // It grows meanwhile. NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t next = 0; next < todo_.size(); ++next) {
      const Layer layer = todo_[next];
      Describe(layer);
      if (auto below = AddBelow(layer); !below) return below;
    }
    return {};
  }

 private:
  void Describe(const Layer& layer) {
    const std::string name(LastName(layer.place));
    const std::string uuid = ReadLine(root_, Cat(layer.place, "/dm/uuid"));
    const bool partition = root_.Stat(Cat(layer.place, "/partition")).has_value();
    std::string kind(BlockKind(name, uuid, partition));
    const std::string metadata =
        kind == "raid" ? ReadLine(root_, Cat(layer.place, "/md/metadata_version")) : "";
    if (metadata.starts_with("external:")) kind = "bios-raid";  // mdadm(8): imsm, ddf
    device_.usb = device_.usb || OnUsb(layer.place);
    if (layer.depth == 0) {
      device_.dm_uuid = uuid;
      device_.partition = partition;
    }
    device_.stack.push_back({name, std::move(kind)});
  }

  Result<void> AddBelow(const Layer& layer) {
    const std::string slaves = Cat(layer.place, "/slaves");
    const auto names = NamesIn(root_, slaves, kMaxDevices);
    if (!names && names.error().code != ErrorCode::kNotFound) {
      return std::unexpected(names.error());
    }
    for (const std::string& name : names ? names->names : std::vector<std::string>()) {
      auto entry = root_.Stat(Cat(slaves, '/', name));
      if (!entry) return std::unexpected(std::move(entry).error());
      Add(std::move(entry->resolved), layer.depth + 1);
    }
    if (device_.stack.back().kind == "part" && (!names || names->names.empty())) {
      Add(std::string(ParentOf(layer.place)), layer.depth + 1);
    }
    return {};
  }

  void Add(std::string place, std::size_t depth) {
    if (std::ranges::find(todo_, place, &Layer::place) != todo_.end()) return;
    if (depth >= kMaxDepth || todo_.size() >= kMaxDevices) {
      device_.stack_clipped = true;
      return;
    }
    todo_.push_back({std::move(place), depth});
  }

  const HostRoot& root_;
  BlockDevice& device_;
  std::vector<Layer> todo_;
};

std::uint64_t BytesOf(const HostRoot& root, const std::string& place) {
  std::uint64_t bytes = 0;
  const auto sectors = ParseUnsigned(ReadLine(root, Cat(place, "/size")));
  return sectors && !__builtin_mul_overflow(*sectors, kSector, &bytes) ? bytes : 0;
}

}  // namespace

Fact<BlockDevice> ReadBlockDevice(const HostRoot& root, const std::string& number) {
  using Device = Fact<BlockDevice>;
  const std::string link = Cat(kBlock, '/', number);
  auto entry = root.Stat(link);
  if (!entry) {
    // Every kernel lists its block devices: an empty place is not the kernel's.
    const KernelFiles sys(root, kBlock);
    if (entry.error().code == ErrorCode::kNotFound) return sys.NotThere<BlockDevice>(link);
    return Device::Unreadable(link, std::move(entry).error().message);
  }
  const std::string udev = Cat("/run/udev/data/b", number);
  const auto data = root.Read(udev);
  if (!data && data.error().code != ErrorCode::kNotFound) {
    return Device::Unreadable(udev, data.error().message);
  }
  BlockDevice device = data ? ParseUdevData(*data) : BlockDevice{};
  device.number = number;
  device.bytes = BytesOf(root, entry->resolved);
  device.dm_name = ReadLine(root, Cat(entry->resolved, "/dm/name"));
  device.capture_keys = ParseUnsigned(ReadLine(root, std::string(kCaptureKeys))).value_or(0);
  auto holders = NamesIn(root, Cat(entry->resolved, "/holders"), kMaxDevices);
  if (holders) device.holders = std::move(holders->names);
  if (auto stack = Stack(root, device).Follow(std::move(entry->resolved)); !stack) {
    return Device::Unreadable(link, std::move(stack).error().message);
  }
  return Device::Known(std::move(device), link);
}

}  // namespace kdumpd

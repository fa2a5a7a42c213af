// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/log_window.h"

#include <algorithm>

namespace kdumpd {

void LogWindow::Load(std::uint64_t address, std::uint64_t size) {
  const std::uint64_t wanted = loads_ == 0 ? size : std::max(size, kBytes);
  if (loads_ != 0) --loads_;
  std::uint64_t from = address;
  std::uint64_t to = address + size;
  if (way_ == Way::kUp) to = from + std::min(wanted, end_ - from);
  if (way_ == Way::kDown) from = to - std::min(wanted, to - begin_);
  at_ = from;
  bytes_.resize(to - from);
  whole_ = memory_.ReadOrZero(at_, bytes_);
}

Bytes LogWindow::At(std::uint64_t address, std::size_t size) {
  if (address < begin_ || address > end_ || size > end_ - address) return {};
  const bool inside =
      address >= at_ && address - at_ <= bytes_.size() && size <= bytes_.size() - (address - at_);
  if (!inside) Load(address, size);
  if (whole_) return Bytes(bytes_).subspan(address - at_, size);
  // Something around it is missing, which need not be this.
  exact_.resize(size);
  if (!memory_.Read(address, exact_)) return {};
  return exact_;
}

}  // namespace kdumpd

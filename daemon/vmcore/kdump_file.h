// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "daemon/core/kdump_header.h"
#include "daemon/vmcore/container.h"
#include "daemon/vmcore/kdump_bitmap.h"
#include "daemon/vmcore/kdump_pages.h"

namespace kdumpd {

// One file in makedumpfile's kdump-compressed format. The bitmap is read once, when the first page
// is asked for or the first check comes to it. A part of a split set answers for itself alone.
class KdumpFile final : public Container {
 public:
  // As OpenKdump().
  [[nodiscard]] static std::expected<std::unique_ptr<KdumpFile>, Wholeness> Open(
      const ByteSource& bytes);

  [[nodiscard]] Result<void> ReadPhysical(std::uint64_t address, std::span<std::byte> out) override;
  [[nodiscard]] Wholeness Check(CheckLevel level, const Progress& progress) override;

  [[nodiscard]] const KdumpHeader& header() const { return header_; }
  // One past the last page frame of the machine; 0 when the header contradicts itself.
  [[nodiscard]] std::uint64_t end_pfn() const { return end_pfn_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return bytes_->Size(); }
  // The page frames this file is there for.
  [[nodiscard]] SplitRange range() const {
    return facts_.split.value_or(SplitRange{0, end_pfn_, 1});
  }

 private:
  KdumpFile(const ByteSource& bytes, KdumpHeader header, const KdumpSubHeader& sub);

  void TakeFacts();
  void TakeNotes();
  [[nodiscard]] KdumpBitmap MakeBitmap() const;
  [[nodiscard]] std::optional<Wholeness> HeaderProblem() const;
  // Counts the bitmap unless that is done. False: `progress` stopped it.
  [[nodiscard]] Result<bool> Prepare(const Progress& progress);
  [[nodiscard]] Result<std::uint64_t> Index(std::uint64_t pfn);
  [[nodiscard]] Result<Bytes> Page(std::uint64_t pfn);

  const ByteSource* bytes_;
  KdumpHeader header_;
  KdumpSubHeader sub_;
  std::uint64_t end_pfn_;
  KdumpBitmap bitmap_;
  std::uint64_t first_rank_ = 0;     // of the first page frame of the range
  std::optional<KdumpPages> pages_;  // once the bitmap is counted
  std::optional<Error> failed_;      // why it could not be
};

}  // namespace kdumpd

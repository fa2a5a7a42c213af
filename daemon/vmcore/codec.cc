// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/codec.h"

#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace kdumpd {
namespace {

const unsigned char* Raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// Each: true when exactly the page came out. None writes past the end of `page`.
bool Copy(Bytes stored, std::span<std::byte> page) {
  if (stored.size() != page.size()) return false;
  std::ranges::copy(stored, page.begin());
  return true;
}

bool Zlib(Bytes stored, std::span<std::byte> page) {
  uLongf size = page.size();
  return ::uncompress(Raw(page), &size, Raw(stored), stored.size()) == Z_OK && size == page.size();
}

bool Lzo(Bytes stored, std::span<std::byte> page) {
  static const bool ready = lzo_init() == LZO_E_OK;
  lzo_uint size = page.size();
  return ready &&
         ::lzo1x_decompress_safe(Raw(stored), stored.size(), Raw(page), &size, nullptr) ==
             LZO_E_OK &&
         size == page.size();
}

bool Snappy(Bytes stored, std::span<std::byte> page) {
  const auto* const from = reinterpret_cast<const char*>(stored.data());
  std::size_t size = 0;
  if (::snappy_uncompressed_length(from, stored.size(), &size) != SNAPPY_OK) return false;
  return size == page.size() &&
         ::snappy_uncompress(from, stored.size(), reinterpret_cast<char*>(page.data()), &size) ==
             SNAPPY_OK;
}

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
};

bool Zstd(Bytes stored, std::span<std::byte> page) {
  // 150 KiB, so it is kept.
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(::ZSTD_createDCtx());
  // An error is a size larger than any page.
  return context != nullptr && ::ZSTD_decompressDCtx(context.get(), page.data(), page.size(),
                                                     stored.data(), stored.size()) == page.size();
}

struct Codec {
  std::uint32_t flag;
  std::string_view name;
  bool (*decompress)(Bytes stored, std::span<std::byte> page);
};
constexpr Codec kCodecs[] = {{0, "none", Copy},
                             {kDumpZlib, "zlib", Zlib},
                             {kDumpLzo, "lzo", Lzo},
                             {kDumpSnappy, "snappy", Snappy},
                             {kDumpZstd, "zstd", Zstd}};

const Codec* CodecOf(std::uint32_t flags) {
  const auto* const codec = std::ranges::find(kCodecs, flags & kDumpCodecs, &Codec::flag);
  return codec == std::end(kCodecs) ? nullptr : codec;
}

}  // namespace

std::string_view CodecName(std::uint32_t flags) {
  const Codec* const codec = CodecOf(flags);
  return codec == nullptr ? "" : codec->name;
}

Result<void> Decompress(std::uint32_t flags, Bytes stored, std::span<std::byte> page) {
  const Codec* const codec = CodecOf(flags);
  if (codec == nullptr) return Fail(ErrorCode::kInvalid, "several codecs");
  if (codec->decompress(stored, page)) return {};
  return Fail(ErrorCode::kInvalid, std::string(codec->name) + ": not one page");
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "tests/support/dump_maker.h"

// makedumpfile's kdump-compressed format.
namespace kdumpd {
namespace {

struct CodecRow {
  std::string_view name;
  std::uint32_t flag;
};
constexpr CodecRow kCodecs[] = {
    {"none", 0}, {"zlib", 0x1}, {"lzo", 0x2}, {"snappy", 0x4}, {"zstd", 0x20}};
constexpr std::uint32_t kIncomplete = 0x8;

std::uint32_t FlagOf(std::string_view codec) {
  const auto* const row = std::ranges::find(kCodecs, codec, &CodecRow::name);
  return row == std::end(kCodecs) ? 0 : row->flag;  // "mixed"
}

// What `page` becomes; "" when the codec cannot.
std::string Compress(std::uint32_t flag, std::string_view page) {
  std::string out(page.size() * 2 + 1024, '\0');
  std::size_t size = out.size();
  const auto* const from = reinterpret_cast<const unsigned char*>(page.data());
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  if (flag == 0x1) {
    uLongf length = size;
    size = compress2(to, &length, from, page.size(), 1) == Z_OK ? length : 0;
  } else if (flag == 0x2) {
    std::string work(LZO1X_1_MEM_COMPRESS, '\0');
    lzo_uint length = 0;
    const bool done = lzo_init() == LZO_E_OK &&
                      lzo1x_1_compress(from, page.size(), to, &length, work.data()) == LZO_E_OK;
    size = done ? length : 0;
  } else if (flag == 0x4) {
    if (snappy_compress(page.data(), page.size(), out.data(), &size) != SNAPPY_OK) size = 0;
  } else {
    size = ZSTD_compress(to, size, from, page.size(), 1);
    if (ZSTD_isError(size) != 0) size = 0;
  }
  out.resize(size);
  return out;
}

struct StoredPage {
  std::string bytes;
  std::uint32_t flags = 0;
};
// As makedumpfile does: compressed only where that makes it smaller.
StoredPage Store(std::uint32_t flag, const std::string& page) {
  if (flag == 0) return {page, 0};
  std::string bytes = Compress(flag, page);
  if (bytes.empty() || bytes.size() >= page.size()) return {page, 0};
  return {std::move(bytes), flag};
}

bool IsZero(std::string_view page) { return page.find_first_not_of('\0') == page.npos; }

// Where everything is in the file; set up once, then written.
class KdumpFile {
 public:
  KdumpFile(const Machine& machine, const KdumpOptions& options)
      : machine_(machine), options_(options), notes_(MakeNotes(machine)) {
    end_pfn_ = machine.EndPfn();
    const std::uint64_t block = machine.page_size;
    if (options.single_bitmap) end_pfn_ = std::max(end_pfn_, block * 8 / 2 + 1);
    const std::uint64_t bits = block * 8;
    one_bitmap_blocks_ = (end_pfn_ + bits - 1) / bits;
    bitmap_blocks_ = one_bitmap_blocks_ * (options.single_bitmap ? 1 : 2);
    sub_blocks_ = (kSubHeaderBytes + notes_.bytes.size() + block - 1) / block;
    range_ = options.split.value_or(SplitRange{0, end_pfn_, 1});
  }

  std::string Write() {
    const std::uint64_t block = machine_.page_size;
    PutBitmaps();
    PutPages();
    if (!options_.eraseinfo.empty()) {
      eraseinfo_at_ = file_.size();
      file_ += options_.eraseinfo;
    }
    Overwrite(file_, 0, Header());
    Overwrite(file_, block, SubHeader());
    if (options_.header_version >= 4) {
      Overwrite(file_, NotesAt(), notes_.bytes);
    } else if (options_.header_version == 3) {
      Overwrite(file_, NotesAt(), VmcoreinfoText());
    }
    return std::move(file_);
  }

 private:
  static constexpr std::uint64_t kSubHeaderBytes = 104;

  [[nodiscard]] std::uint64_t NotesAt() const { return machine_.page_size + kSubHeaderBytes; }
  [[nodiscard]] std::string VmcoreinfoText() const {
    return notes_.bytes.substr(notes_.vmcoreinfo_at, notes_.vmcoreinfo_size);
  }
  // i386 aligns 64-bit fields to 4 bytes, all others to 8.
  [[nodiscard]] FieldWriter Fields() const {
    return {machine_.endian, machine_.architecture == "i686" ? std::size_t{4} : std::size_t{8}};
  }
  [[nodiscard]] std::string Header() const;
  [[nodiscard]] std::string SubHeader() const;
  void PutBitmaps();
  void PutPages();

  const Machine& machine_;
  const KdumpOptions& options_;
  NoteBytes notes_;
  std::uint64_t end_pfn_ = 0, one_bitmap_blocks_ = 0, bitmap_blocks_ = 0, sub_blocks_ = 0;
  SplitRange range_;
  std::uint64_t eraseinfo_at_ = 0;
  std::string file_;
};

std::string KdumpFile::Header() const {
  FieldWriter out = Fields();
  out.Text(options_.signature, 8).Put(4, static_cast<std::uint32_t>(options_.header_version));
  for (const std::string_view name :
       {std::string_view("Linux"), std::string_view(machine_.node),
        std::string_view(machine_.release), std::string_view(machine_.version),
        std::string_view(machine_.architecture), std::string_view("(none)")}) {
    out.Text(name, 65);
  }
  const int word = machine_.word_bytes;
  const std::uint32_t status = FlagOf(options_.codec) | (options_.incomplete ? kIncomplete : 0U);
  out.Put(word, static_cast<std::uint64_t>(machine_.crash_time)).Put(word, 0).Put(4, status);
  out.Put(4, machine_.page_size).Put(4, sub_blocks_).Put(4, bitmap_blocks_);
  out.Put(4, std::min<std::uint64_t>(end_pfn_, 0xffffffff));
  out.Put(4, 0).Put(4, 0).Put(4, 0).Put(4, 0).Put(4, machine_.cpus);
  return out.bytes();
}

std::string KdumpFile::SubHeader() const {
  const int word = machine_.word_bytes;
  const int version = options_.header_version;
  const auto since = [version](int first, std::uint64_t value) {
    return version >= first ? value : 0;
  };
  const std::uint64_t info_at = NotesAt() + (version >= 4 ? notes_.vmcoreinfo_at : 0);
  FieldWriter out = Fields();
  out.Put(word, static_cast<std::uint64_t>(machine_.phys_base));
  out.Put(4, since(1, static_cast<std::uint64_t>(options_.dump_level)));
  out.Put(4, since(2, options_.split ? 1 : 0));
  const std::uint64_t start = options_.split ? range_.start_pfn : 0;
  const std::uint64_t end = options_.split ? range_.end_pfn : 0;
  out.Put(word, since(2, start)).Put(word, since(2, end));
  out.Put(8, since(3, info_at)).Put(word, since(3, notes_.vmcoreinfo_size));
  out.Put(8, since(4, NotesAt())).Put(word, since(4, notes_.bytes.size()));
  out.Put(8, since(5, eraseinfo_at_)).Put(word, since(5, options_.eraseinfo.size()));
  out.Put(8, since(6, start)).Put(8, since(6, end)).Put(8, since(6, end_pfn_));
  return out.bytes();
}

void KdumpFile::PutBitmaps() {
  const std::uint64_t block = machine_.page_size;
  std::string exists(one_bitmap_blocks_ * block, '\0');
  std::string dumped = exists;
  const auto set = [](std::string& bitmap, std::uint64_t pfn) {
    bitmap[pfn / 8] =
        static_cast<char>(static_cast<unsigned char>(bitmap[pfn / 8]) | 1U << (pfn % 8));
  };
  for (const std::uint64_t pfn : machine_.excluded) set(exists, pfn);
  for (const auto& [pfn, page] : machine_.pages) {
    set(exists, pfn);
    set(dumped, pfn);
  }
  file_.resize((1 + sub_blocks_) * block);
  file_ += options_.single_bitmap ? dumped : exists + dumped;
}

void KdumpFile::PutPages() {
  std::vector<const std::string*> pages;
  for (const auto& [pfn, page] : machine_.pages) {
    if (pfn >= range_.start_pfn && pfn < range_.end_pfn) pages.push_back(&page);
  }
  const std::uint64_t descriptors_at = file_.size();
  file_.resize(descriptors_at + 24 * pages.size());
  const std::uint64_t zero_at = file_.size();
  if (options_.shared_zero_page) file_.append(machine_.page_size, '\0');
  // As out of space: the descriptors of the last pages stay zero and their data are not there.
  const std::size_t kept = options_.incomplete ? pages.size() * 3 / 4 : pages.size();
  for (std::size_t i = 0; i < kept; ++i) {
    FieldWriter descriptor(machine_.endian, 8);
    if (options_.shared_zero_page && IsZero(*pages[i])) {
      descriptor.Put(8, zero_at).Put(4, machine_.page_size).Put(4, 0).Put(8, 0);
    } else {
      const std::uint32_t flag =
          options_.codec == "mixed" ? kCodecs[i % std::size(kCodecs)].flag : FlagOf(options_.codec);
      const StoredPage stored = Store(flag, *pages[i]);
      descriptor.Put(8, file_.size()).Put(4, stored.bytes.size()).Put(4, stored.flags).Put(8, 0);
      file_ += stored.bytes;
    }
    Overwrite(file_, descriptors_at + 24 * i, descriptor.bytes());
  }
}

}  // namespace

std::string KdumpDump(const Machine& machine, const KdumpOptions& options) {
  return KdumpFile(machine, options).Write();
}

std::vector<std::string> SplitSet(const Machine& machine, std::uint64_t parts,
                                  KdumpOptions options) {
  std::vector<std::string> files;
  const std::uint64_t end = machine.EndPfn();
  for (std::uint64_t part = 0; part < parts; ++part) {
    options.split = SplitRange{end * part / parts, end * (part + 1) / parts, parts};
    files.push_back(KdumpDump(machine, options));
  }
  return files;
}

}  // namespace kdumpd

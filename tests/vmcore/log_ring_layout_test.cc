// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/log_ring_layout.h"

#include <gtest/gtest.h>

#include <functional>

#include "daemon/core/text.h"
#include "tests/support/log_maker.h"
#include "tests/support/log_memory.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kBase = 0xffffffff81000000;

// One number of a good ring of 20 records changed, and what its reader makes of it.
struct Hostile {
  const char* what;
  std::function<void(LogMemory&, const LogRing&)> change;
  const char* reason;
  std::size_t records = 0;  // of 20
};
auto Key(std::string_view key, std::string_view value) {
  return [=](LogMemory& memory, const LogRing&) { memory.SetKey(key, value); };
}
// A number of struct printk_ringbuffer.
auto InRing(std::uint64_t offset, std::size_t size, std::uint64_t value) {
  return [=](LogMemory& memory, const LogRing& ring) {
    memory.Poke(ring.RingAddress() + offset, size, value);
  };
}
// One of the fifth newest record's descriptor or info.
auto InDesc(std::uint64_t offset, std::uint64_t value) {
  return [=](LogMemory& memory, const LogRing& ring) {
    memory.Poke(ring.DescAddress(ring.head_id() - 4) + offset, 8, value);
  };
}

constexpr std::uint64_t kAll = ~std::uint64_t{0};
const Hostile kHostile[] = {
    {"nothing", [](LogMemory&, const LogRing&) {}, "", 20},
    {"no symbol", Key("SYMBOL(prb)", ""), "log_symbols_missing"},
    {"no size", Key("SIZE(printk_info)", ""), "log_symbols_missing"},
    {"no offset", Key("OFFSET(prb_desc.state_var)", ""), "log_symbols_missing"},
    {"no counter: it is at 0", Key("OFFSET(atomic_long_t.counter)", ""), "", 20},
    {"symbol elsewhere", Key("SYMBOL(prb)", "1000"), "log_unreadable"},
    {"symbol at the end", Key("SYMBOL(prb)", "ffffffffffffffff"), "log_unreadable"},
    {"size 0", Key("SIZE(prb_desc)", "0"), "log_invalid"},
    {"size 4097", Key("SIZE(prb_desc)", "4097"), "log_invalid"},
    {"size 4096", Key("SIZE(prb_desc)", "4096"), "log_unreadable"},
    {"size below a field", Key("SIZE(printk_info)", "19"), "log_invalid"},
    {"size above the field", Key("SIZE(prb_data_blk_lpos)", "15"), "log_invalid"},
    {"offset at the end", Key("OFFSET(printk_info.text_len)", "85"), "log_invalid"},
    {"offset beyond", Key("OFFSET(printk_info.seq)", "18446744073709551615"), "log_invalid"},
    {"nested beyond", Key("OFFSET(printk_ringbuffer.desc_ring)", "41"), "log_invalid"},
    {"counter beyond", Key("OFFSET(atomic_long_t.counter)", "9"), "log_invalid"},
    {"counter inside", Key("OFFSET(atomic_long_t.counter)", "8"), "log_empty"},
    {"count_bits 27", InRing(0, 4, 27), "log_invalid"},
    {"count_bits 0: one", InRing(0, 4, 0), "log_empty"},
    {"size_bits 32", InRing(48, 4, 32), "log_invalid"},
    {"size_bits 4", InRing(48, 4, 4), "log_invalid"},
    {"size_bits 64", InRing(48, 4, 64), "log_invalid"},
    {"descs nowhere", InRing(8, 8, 0), "log_unreadable"},
    {"descs past the end", InRing(8, 8, kAll - 100), "log_invalid"},
    {"infos nowhere", InRing(16, 8, 0), "log_unreadable"},
    {"infos past the end", InRing(16, 8, kAll), "log_invalid"},
    {"data nowhere", InRing(56, 8, 0), "log_unreadable"},
    {"data past the end", InRing(56, 8, kAll), "log_invalid"},
    {"head elsewhere: those behind it", InRing(24, 8, 5), "", 14},
    {"head before the tail", InRing(32, 8, kAll), "", 20},
    {"tail is the head: one record",
     [](LogMemory& memory, const LogRing& ring) {
       memory.Poke(ring.RingAddress() + 32, 8, ring.head_id());
     },
     "", 1},
    {"state of another id", InDesc(0, std::uint64_t{2} << 62 | 77), "", 19},
    {"begin not aligned", InDesc(8, 4), "log_invalid", 19},
    {"next not aligned", InDesc(16, 4), "log_invalid", 19},
    {"begin odd, next not", InDesc(8, 1), "log_invalid", 19},
    {"next before begin", InDesc(16, 0 - std::uint64_t{4096}), "log_invalid", 19},
    {"next far away", InDesc(16, 1 << 20), "log_invalid", 19},
    {"begin far away", InDesc(8, 1 << 20), "log_invalid", 19},
    {"text of another id: blocks of 16 bytes",
     [](LogMemory& memory, const LogRing& ring) { memory.Poke(ring.DataAddress() + 240, 8, 77); },
     "log_invalid", 19},
    {"both of another's",
     [](LogMemory& memory, const LogRing& ring) {
       InDesc(8, 0 - std::uint64_t{4096})(memory, ring);
       InDesc(16, 0 - std::uint64_t{4072})(memory, ring);
     },
     "log_invalid", 19},
};

TEST(LogRingLayout, HostileNumbers) {
  LogRing ring(kBase, Endian::kLittle, 12, 7);
  for (int n = 0; n < 20; ++n) ring.Add({Cat("line ", n)});
  for (const auto& row : kHostile) {
    SCOPED_TRACE(row.what);
    LogMemory memory;
    memory.image = ring.Image();
    row.change(memory, ring);
    const VirtualMemory none(nullptr, nullptr, Endian::kLittle, 8, 4096);
    const bool no_symbol = !Vmcoreinfo(memory.image.vmcoreinfo).Symbol("prb");
    const KernelLog log =
        no_symbol ? ReadLogRing(none, Vmcoreinfo(memory.image.vmcoreinfo), {}) : memory.Read();
    EXPECT_EQ(log.facts.reason, row.reason);
    EXPECT_EQ(log.facts.detail.empty(), log.facts.reason.empty());
    EXPECT_EQ(log.records.size(), row.records);
    EXPECT_EQ(log.facts.kind, "ring");
  }
}

}  // namespace
}  // namespace kdumpd

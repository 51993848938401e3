# SPDX-License-Identifier: Apache-2.0
"""Random programs for the management core, in assembler, from a seed.

A loop of random instructions of RV32IMC with Zicsr: arithmetic, loads and stores of all sizes and alignments, branches,
calls, registers of the machine, and exceptions of every kind that a program can cause and live on (illegal
instructions, ebreak, ecall, jumps to where no program is). An ecall changes between machine and user mode.

What a handler needs is in registers that the others only read: x31 is the middle of the data, x30 and x29 are for the
handler, x28 counts the loop, x27 says where a jump to nowhere goes on.
"""
import random

FREE = [f"x{i}" for i in range(1, 27)]
ALL = [f"x{i}" for i in range(32)]
VALUES = [0, 1, -1, 2, -2, 0x7FFFFFFF, -0x80000000, 0x55555555, 0xFFFF, -0x8000, 0x7FFF, 31, 32]
REGISTER = ("add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and", "mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu")
IMMEDIATE = ("addi", "slti", "sltiu", "xori", "ori", "andi")
BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu")
NOWHERE = (0x00C00000, 0x40000000, 0x7FFFFFFE, 0xFFFFFFFE, 0x00D10000, 0x00CFFFFE, 0x80000000)
# Reserved or absent: the all-zero and all-one words, other extensions, bad shifts, absent and read-only registers, sret.
ILLEGAL = (".half 0", ".word 0xffffffff", ".word 0x0000007b", ".word 0x00002007", ".word 0x0000202f", ".word 0x02001013", ".word 0x40001033",
           ".word 0x7ff01073", ".word 0xf1401073", ".word 0x10200073", ".half 0x9c41", ".half 0x8002", ".half 0x2000", ".word 0x00003003")

START = """
  .text
  .section .text.init, "ax"
  .option push
  .option norvc
base:
  .rept 32
  j handler
  .endr
  j _start
  .option pop
  .globl _start
handler:
  csrr x30, mcause
  addi x29, x30, -3
  bnez x29, 1f
  csrw mtval, x0            # after ebreak it may be 0, as in Ibex, or the program counter, as in Spike
1:
  csrr x29, mtval
  sw x29, 2044(x31)
  addi x29, x30, -1
  bnez x29, 2f
  csrw mepc, x27
  mret
2:
  addi x29, x30, -8
  beqz x29, 3f
  addi x29, x30, -11
  bnez x29, 4f
  lui x29, 2                # from machine to user mode: MPP becomes 0
  addi x29, x29, -2048
  csrc mstatus, x29
  j 4f
3:
  lui x29, 2
  addi x29, x29, -2048
  csrs mstatus, x29
4:
  csrr x29, mepc
  lhu x30, 0(x29)
  andi x30, x30, 3
  addi x29, x29, 2
  addi x30, x30, -3
  bnez x30, 5f
  addi x29, x29, 2
5:
  csrw mepc, x29
  mret
_start:
"""


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.labels = 0

    def say(self, text):
        self.lines.append("  " + text)

    def label(self):
        self.labels += 1
        return f"l{self.labels}"

    def free(self):
        return self.random.choice(FREE)

    def any(self):
        return self.random.choice(ALL)

    def value(self):
        return self.random.choice(VALUES) if self.random.random() < 0.5 else self.random.randint(-0x80000000, 0x7FFFFFFF)

    def compute(self):
        kind = self.random.randrange(6)
        if kind <= 2:
            self.say(f"{self.random.choice(REGISTER)} {self.free()}, {self.any()}, {self.any()}")
        elif kind == 3:
            self.say(f"{self.random.choice(IMMEDIATE)} {self.free()}, {self.any()}, {self.random.randint(-2048, 2047)}")
        elif kind == 4:
            self.say(f"{self.random.choice(('slli', 'srli', 'srai'))} {self.free()}, {self.any()}, {self.random.randrange(32)}")
        else:
            self.say(f"{self.random.choice(('lui', 'auipc'))} {self.free()}, {self.random.randrange(1 << 20)}")

    def small(self):
        """What has a compressed form."""
        register, other = f"x{self.random.randint(8, 15)}", f"x{self.random.randint(8, 15)}"
        self.say(self.random.choice((f"c.mv {self.free()}, {self.free()}", f"c.add {self.free()}, {self.free()}", f"c.sub {register}, {other}",
                                     f"c.xor {register}, {other}", f"c.or {register}, {other}", f"c.and {register}, {other}",
                                     f"c.srai {register}, {self.random.randint(1, 31)}", f"c.andi {register}, {self.random.randint(-32, 31)}",
                                     f"c.li {self.free()}, {self.random.randint(-32, 31)}", f"c.slli {self.free()}, {self.random.randint(1, 31)}",
                                     f"c.addi {self.free()}, {self.random.choice((-32, -1, 1, 31))}", "c.nop")))

    def set_value(self):
        self.say(f"li {self.free()}, {self.value()}")

    def memory(self):
        offset = self.random.randint(-2040, 2036)
        if self.random.random() < 0.5:
            offset &= ~3
        if self.random.random() < 0.5:
            self.say(f"{self.random.choice(('sb', 'sh', 'sw'))} {self.any()}, {offset}(x31)")
        else:
            self.say(f"{self.random.choice(('lb', 'lbu', 'lh', 'lhu', 'lw'))} {self.free()}, {offset}(x31)")

    def program(self):
        """Reads its own instructions."""
        register = self.free()
        self.say(f"la {register}, _start")
        self.say(f"{self.random.choice(('lb', 'lbu', 'lh', 'lhu', 'lw'))} {self.free()}, {self.random.randint(0, 200)}({register})")

    def branch(self):
        target = self.label()
        self.say(f"{self.random.choice(BRANCHES)} {self.any()}, {self.any()}, {target}")
        for _ in range(self.random.randint(0, 4)):
            self.random.choice((self.compute, self.small, self.memory))()
        self.lines.append(f"{target}:")

    def loop(self):
        top, counter = self.label(), "x26"
        self.say(f"li {counter}, {self.random.randint(1, 6)}")
        self.lines.append(f"{top}:")
        for _ in range(self.random.randint(1, 4)):
            self.say(f"{self.random.choice(REGISTER)} x{self.random.randint(1, 25)}, {self.any()}, {self.any()}")
        self.say(f"addi {counter}, {counter}, -1")
        self.say(f"bnez {counter}, {top}")

    def call(self):
        over, function, register = self.label(), self.label(), self.random.choice(("x1", "x5"))
        self.say(f"j {over}")
        self.lines.append(f"{function}:")
        self.say(f"{self.random.choice(REGISTER)} x{self.random.randint(6, 25)}, {self.any()}, {self.any()}")
        self.say(f"jr {register}")
        self.lines.append(f"{over}:")
        if self.random.random() < 0.5:
            self.say(f"jal {register}, {function}")
        else:
            other = self.random.choice(("x6", "x7"))
            self.say(f"la {other}, {function}")
            self.say(f"jalr {register}, {self.random.choice((0, 1))}({other})")

    def machine(self):
        """Registers of the machine. In user mode each is an exception."""
        register = self.random.choice(("mscratch", "mscratch", "mepc", "mtval", "mstatus"))
        if register == "mstatus":  # MIE and MPIE: nothing interrupts, as mie stays 0
            self.say(f"{self.random.choice(('csrrsi', 'csrrci'))} {self.free()}, mstatus, 8")
        elif self.random.random() < 0.5:
            self.say(f"{self.random.choice(('csrrw', 'csrrs', 'csrrc'))} {self.free()}, {register}, {self.any()}")
        else:
            self.say(f"{self.random.choice(('csrrwi', 'csrrsi', 'csrrci'))} {self.free()}, {register}, {self.random.randrange(32)}")

    def exception(self):
        kind = self.random.randrange(8)
        if kind < 4:
            self.say(self.random.choice(ILLEGAL))
        elif kind == 4:
            self.say(self.random.choice(("ebreak", "c.ebreak")))
        elif kind < 7:
            self.say("ecall")
        else:
            back, register = self.label(), f"x{self.random.randint(6, 26)}"
            self.say(f"la x27, {back}")
            self.say(f"li {register}, {self.random.choice(NOWHERE)}")
            self.say(f"jr {register}")
            self.lines.append(f"{back}:")

    def make(self, blocks, loops):
        # MPP is machine mode, MIE and MPIE are 0, so that both begin alike.
        for line in ("la x31, middle", "li x30, 0x1888", "csrc mstatus, x30", "li x30, 0x1800", "csrs mstatus, x30",
                     "la x30, base", "ori x30, x30, 1", "csrw mtvec, x30", "csrw mscratch, x0", "csrw mepc, x0", "csrw mtval, x0",
                     "csrw mie, x0", "la x27, _start", f"li x28, {loops}", "li x29, 0", "li x30, 0"):
            self.say(line)
        for register in FREE:
            self.say(f"li {register}, {self.value()}")
        self.lines.append("again:")
        kinds = (self.compute, self.small, self.set_value, self.memory, self.program, self.branch, self.loop, self.call, self.machine, self.exception)
        weights = (30, 16, 6, 18, 2, 10, 4, 4, 4, 5)
        for _ in range(blocks):
            self.random.choices(kinds, weights)[0]()
        for line in ("addi x28, x28, -1", "beqz x28, finish", "la x30, again", "jr x30"):
            self.say(line)
        # A word at `tohost` ends Spike, which wants `fromhost` beside it.
        self.lines += ["  .globl end, tohost, fromhost", "finish:", "  la x30, tohost", "  li x29, 1", "  sw x29, 0(x30)", "end:", "  j end",
                       "  .data", "  .space 2048", "middle:", "  .space 2056", "  .balign 64", "tohost:", "  .space 64", "fromhost:", "  .space 64"]
        return START + "\n".join(self.lines) + "\n"


def random_program(seed, blocks=2500, loops=20):
    """The text of a program that retires about 60 instructions a block and ends in a loop at `end`."""
    return Maker(seed).make(blocks, loops)

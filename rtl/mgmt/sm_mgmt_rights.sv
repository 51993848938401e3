// SPDX-License-Identifier: Apache-2.0
// Which requests of the internal bus are refused because of who asks: in any case, or if somebody
// else owns the run (docs/blocks/management_core.md, "Who owns the run"). Combinational.
//
// It knows the registers and rings of the host tile, and tiles. Registers of the management core
// itself have rights of their own, in sm_mgmt_regs. Where a request goes and what its index says
// are told apart: a register may stand between them and what they mean together.
module sm_mgmt_rights (
  input  sm_pkg::bus_request_t request_i,
  input  logic                 by_core_i,     // the management core asks; otherwise the host does
  output logic                 guarded_o,     // who does not own the run may not do this
  output logic                 writes_o,      // it writes a register of the host tile; and then:
  output logic                 never_o,       // who asks may never write the one of this index
  output logic                 owner_only_o   // or only if it owns the run
);
  localparam int unsigned IndexBits = $clog2(sm_pkg::Registers);
  localparam int unsigned RingBits  = $clog2(sm_pkg::RingOutBase - sm_pkg::RingInBase);
  if ((sm_pkg::RingInBase % (1 << RingBits)) != 0) begin : gen_ring
    $error("the spike-in ring must lie at a multiple of its size");
  end

  sm_pkg::tile_t                tile;
  logic [sm_pkg::AddrBits-1:0]  addr;
  logic [IndexBits-1:0]         index;
  logic                         is_register, is_ring_in;

  assign tile        = request_i.tile;
  assign addr        = request_i.addr;
  assign index       = addr[IndexBits-1:0];
  assign is_register = (addr >> IndexBits) == '0;
  assign is_ring_in  = (addr >> RingBits) == (sm_pkg::AddrBits'(sm_pkg::RingInBase) >> RingBits);

  assign guarded_o = tile.host ? request_i.write && is_ring_in : request_i.write || by_core_i;
  assign writes_o  = tile.host && request_i.write && is_register;

  always_comb begin
    never_o      = 1'b0;
    owner_only_o = 1'b0;
    unique case (index)
      IndexBits'(sm_pkg::RegUartDivisor), IndexBits'(sm_pkg::RegResetNonce),
      IndexBits'(sm_pkg::RegIrqPending), IndexBits'(sm_pkg::RegIrqMask): never_o = by_core_i;
      IndexBits'(sm_pkg::RegImageTag): begin
        never_o      = by_core_i;
        owner_only_o = 1'b1;
      end
      IndexBits'(sm_pkg::RegPause): owner_only_o = by_core_i;
      IndexBits'(sm_pkg::RegRunUntilLo), IndexBits'(sm_pkg::RegRunUntilHi),
      IndexBits'(sm_pkg::RegRunTag), IndexBits'(sm_pkg::RegPeriod),
      IndexBits'(sm_pkg::RegAdaptPeriod), IndexBits'(sm_pkg::RegStepLo),
      IndexBits'(sm_pkg::RegStepHi), IndexBits'(sm_pkg::RegRingInWrite),
      IndexBits'(sm_pkg::RegRingOutRead), IndexBits'(sm_pkg::RegRingOutPolicy): begin
        owner_only_o = 1'b1;
      end
      default: ;
    endcase
  end

  logic unused_request;  // neither the data nor the place of a tile matters
  assign unused_request = ^{request_i.data, tile};

endmodule

#!/bin/sh
# Makes the film of the demo anew, which is kept here so that the demo needs no ffmpeg: half a minute of colours and a soft chord.
cd "$(dirname "$0")" && exec ffmpeg -y \
  -f lavfi -i "gradients=size=640x360:rate=25:speed=0.02:nb_colors=5:seed=7:c0=0x04121f:c1=0x0b5d51:c2=0x37c978:c3=0x4b2a85:c4=0x020812" \
  -f lavfi -i "aevalsrc=0.07*(sin(2*PI*220*t)+sin(2*PI*277.18*t)+sin(2*PI*329.63*t))*(0.6+0.4*sin(PI*0.4*t))" \
  -t 30 -pix_fmt yuv420p -c:v libvpx-vp9 -b:v 0 -crf 46 -g 125 -deadline good -cpu-used 3 -row-mt 1 \
  -c:a libopus -b:a 16k -ac 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
  northern-lights.webm

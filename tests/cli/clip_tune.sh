# Models of other shapes, other losses, and fine-tuning: what is frozen stays, what is stopped goes on, what does not fit is refused.
set -eu
. tests/cli/clip_program.sh

# A shape from a file.
cat >vit.json <<'END'
{"model_type": "clip", "projection_dim": 48,
 "text_config": {"vocab_size": 700, "max_position_embeddings": 10, "hidden_size": 32, "intermediate_size": 128,
                 "num_hidden_layers": 2, "num_attention_heads": 4},
 "vision_config": {"image_size": 24, "patch_size": 8, "hidden_size": 40, "intermediate_size": 160, "num_hidden_layers": 2,
                   "num_attention_heads": 5}}
END
expect 0 train --config vit.json --out before
says 'ViT' '700 tokens'
grep -q '"image_size": 24' before/model/config.json || surprise 'the size of the file'
sed 's/"image_size": 24/"image_size": 25/' vit.json >bad.json
expect 1 train --config bad.json --out bad
says 'bad.json: image_size must be a multiple of patch_size'
sed 's/"hidden_size": 40, "inter/"hidden_size": "wide", "inter/' vit.json >bad.json
expect 1 train --config bad.json --out bad
says 'bad.json: "hidden_size" must be a whole number'
sed 's/"projection_dim": 48/"projection_dim": 65536/; s/700/9000000/; s/"hidden_size": 32, "intermediate_size": 128/"hidden_size": 65536, "intermediate_size": 262144/' \
    vit.json >bad.json
expect 1 train --config bad.json --out bad
says 'bad.json: such a model takes' 'this machine has'
echo '{"model_type": "bert"}' >bad.json
expect 1 train --config bad.json --out bad
says 'bad.json: describes no CLIP'
expect 1 train --config vit.json --from before/model
says '--from has a model already'

# Fine-tuning: with everything frozen but the temperature the similarities stay; stopped and resumed, the same bits.
expect 0 train --from before/model --out locked --freeze image,text
says 'begins as before/model; 1 parameters are learned'
expect 0 clip similarity --model before/model "$data/../docs/fig/clip-cat.png" cat dog --json
grep cosine "$work/out" >similar
expect 0 clip similarity --model locked/model "$data/../docs/fig/clip-cat.png" cat dog --json
grep cosine "$work/out" | cmp -s similar - || surprise 'the same cosines'
expect 0 train --from before/model --out lit --freeze image
says 'parameters are learned'
expect 1 train --from before/model --out pieces --freeze image --stop-after 5 --threads 1
expect 1 train --from before/model --out pieces --freeze text --resume
says 'was written by another run'
expect 0 train --from before/model --out pieces --freeze image --resume
same lit pieces
expect 0 train --from before/model --out parts --freeze image --micro-batch 5
says 'parameters are learned'
expect 1 train --from nowhere --out bad
says nowhere
expect 1 train --from before/model --freeze picture
says '--freeze takes image, text, image-body or text-body, not "picture"'

# Mixtures: the ends are the models, the architecture must be one.
expect 0 clip mix --alpha 0 before/model lit/model mixed0
cmp -s before/model/model.safetensors mixed0/model.safetensors || surprise 'alpha 0: the first model'
expect 0 clip mix --alpha 1 before/model lit/model mixed1
cmp -s lit/model/model.safetensors mixed1/model.safetensors || surprise 'alpha 1: the second model'
expect 0 clip mix before/model lit/model mixed
says '0.5 x before/model + 0.5 x lit/model'
expect 0 train --out resnet
expect 1 clip mix before/model resnet/model bad
says 'different architectures'
[ ! -e bad/model.safetensors ] || surprise 'nothing written'
expect 1 clip mix before/model
says 'three folders are needed'

# SigLIP: its bias is part of the model, and the run goes on.
expect 0 train --loss siglip --out siglip
expect 1 train --loss siglip --out siglip_pieces --stop-after 6
expect 1 train --out siglip_pieces --resume
says 'was written by another run'
expect 0 train --loss siglip --out siglip_pieces --resume --threads 1
same siglip siglip_pieces
expect 0 clip eval --data "$data" --model siglip/model
expect 0 train --from siglip/model --out siglip_on
expect 0 train --from before/model --loss siglip --out from_softmax
